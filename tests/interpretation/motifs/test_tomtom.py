import numpy as np
import pytest
from pyjaspar import jaspardb

from convoscope.errors import InputError
from convoscope.interpretation.motifs.database import load_database
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.interpretation.motifs.pwm import motif, probabilities
from convoscope.interpretation.motifs.tomtom import compare_motifs, match_motifs, tomtom


@pytest.fixture(scope="module")
def fungi():
    return load_database("JASPAR2026", ["fungi"])


def noisy(target, generator, flank=3):
    """Return what 200 sites of a target would give: sampling noise, flat flanks, trimmed."""
    flat = np.full((flank, 4), 0.25)
    rows = np.concatenate([flat, target.matrix, flat])
    counts = np.array([generator.multinomial(200, row / row.sum()) for row in rows])
    return motif(counts, 200)


def test_reb1_by_hand(fungi):
    [reb1] = [target for target in fungi if target.id == "MA0363.3"]
    assert reb1.name == "REB1"
    assert reb1.matrix[3] == pytest.approx(np.array([679, 1, 3, 8]) / 691)


def test_database_equals_pyjaspar(fungi):
    database = jaspardb(release="JASPAR2026")
    known = database.fetch_motifs(collection="CORE", tax_group=["fungi"])
    database.conn.close()
    assert sorted((target.id, target.name) for target in fungi) == sorted((m.matrix_id, m.name) for m in known)
    matrices = {target.id: target.matrix for target in fungi}
    for record in known:
        counts = np.array([record.counts[letter] for letter in "ACGT"]).T
        np.testing.assert_allclose(matrices[record.matrix_id], probabilities(counts, 0))


@pytest.mark.usefixtures("few_comparisons")
def test_sampled_matrices_find_themselves_on_both_strands(fungi):
    generator = np.random.default_rng(1)
    chosen = [fungi[i] for i in generator.choice(len(fungi), 12, replace=False)]
    queries = [noisy(target, generator) for target in chosen]
    for strand, turned in (("+", queries), ("-", [query[::-1, ::-1] for query in queries])):
        found = match_motifs(turned, fungi)
        assert [each.id for each in found] == [target.id for target in chosen]
        assert max(each.q_value for each in found) < 0.05
        # A palindrome fits both ways.
        assert sum(each.strand == strand for each in found) >= 10


@pytest.mark.usefixtures("few_comparisons")
def test_motifs_of_one_strand_are_not_turned_around(fungi):
    generator = np.random.default_rng(1)
    chosen = [target for target in fungi if target.id in ("MA0363.3", "MA0265.3")]
    straight = [noisy(target, generator) for target in chosen]
    for queries, known in ((straight, True), ([query[::-1, ::-1] for query in straight], False)):
        found = match_motifs(queries, fungi, both=False)
        assert {each.strand for each in found} == {"+"}
        for target, each in zip(chosen, found, strict=True):
            assert (each.id == target.id and each.q_value < 1e-3) == known


@pytest.mark.parametrize("spread", [30.0, 3.0, 1.0])
def test_random_matrices_find_nothing(fungi, spread):
    queries = list(np.random.default_rng(2).dirichlet([spread] * 4, size=(20, 12)))
    assert tomtom(queries, fungi)[1].min() > 0.05


@pytest.mark.usefixtures("few_comparisons")
def test_offset_and_overlap_of_a_part(fungi):
    [reb1] = [target for target in fungi if target.id == "MA0363.3"]
    [found] = match_motifs([reb1.matrix[2:]], fungi)
    assert (found.id, found.offset, found.overlap, found.strand) == ("MA0363.3", 2, len(reb1.matrix) - 2, "+")


@pytest.mark.usefixtures("few_comparisons")
def test_comparison_is_repeatable_and_q_values_follow_p_values(fungi):
    queries = [target.matrix for target in fungi[:2]]
    first, second = compare_motifs(queries, fungi), compare_motifs(queries, fungi)
    assert (first.p_values == second.p_values).all()
    assert first.q_values.shape == (2, len(fungi))
    smallest = first.p_values.min()
    assert first.q_values.min() <= smallest * first.p_values.size
    assert (first.q_values >= first.p_values).all()


def test_no_queries(fungi):
    assert match_motifs([], fungi) == []


@pytest.mark.usefixtures("few_comparisons")
def test_meme_file_as_database(tmp_path, fungi):
    path = tmp_path / "known.meme"
    path.write_text(format_meme([Motif(t.id, t.name.replace(" ", ""), t.matrix, 20) for t in fungi[:30]], "ACGT"))
    targets = load_database(str(path))
    assert [target.id for target in targets] == [target.id for target in fungi[:30]]
    assert match_motifs([fungi[3].matrix], targets)[0].id == fungi[3].id


def test_refusals(tmp_path, fungi):
    with pytest.raises(InputError, match=r"'JASPAR2025'; one of JASPAR2026, .*path of a file of motifs"):
        load_database("JASPAR2025")
    path = tmp_path / "known.meme"
    path.write_text(format_meme([], "ACGT"))
    with pytest.raises(InputError, match=r"motifs.taxa: fungi; a file has no taxa"):
        load_database(str(path), ["fungi"])
    with pytest.raises(InputError, match=r"24 motifs; TOMTOM's p-values need at least 25"):
        compare_motifs([fungi[0].matrix], fungi[:24])
