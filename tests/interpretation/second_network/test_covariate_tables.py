"""Tables of covariates as other tools write them; what is done with them is tested in `test_covariates`."""

import gzip
import logging

import pytest

from convoscope.errors import InputError
from convoscope.interpretation.second_network.covariate_tables import SYNONYMS, find_key, read_covariates

ROW = "1\t9\tC\tg\t0.5\t12\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chrom\tpos\tref\talt\tRawScore\tPHRED\n" + ROW, None),
        ("## CADD GRCh38-v1.7 (c)\n#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED\n" + ROW, "Chrom, Pos, Ref, Alt"),
        ("#chr\tpos(1-based)\tref\talt\tRawScore\tPHRED\n" + ROW, "chr, pos(1-based), ref, alt"),
        ("##a\n##b\n\nCHROM\tPOS\tREF\tALT\tRawScore\tPHRED\n" + ROW, "CHROM, POS, REF, ALT"),
        ("\ufeff# chrom\tpos\tref\talt\tRawScore\tPHRED\r\n" + ROW.replace("\n", "\r\n"), None),
        ("## x\nChr,Position,Ref,Alt,RawScore,PHRED\n1,9,C,g,0.5,12\n", "Chr, Position, Ref, Alt"),
        ('"chrom";"pos";"ref";"alt";"RawScore";"PHRED"\n"1";"9";"C";"g";"0.5";"12"\n', None),
        ('"chrom"\t"pos"\t"ref"\t"alt"\t"RawScore"\t"PHRED"\n"1"\t9\t"C"\t"g"\t0.5\t12\n', None),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tables_of_other_tools_are_read_as_they_are(tmp_path, caplog, text, said, packed):
    (tmp_path / "t").write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    with caplog.at_level(logging.INFO):
        table = read_covariates(tmp_path / "t")
    assert table.index.tolist() == ["1\t9\tC\tG"]
    assert table.to_dict("list") == {"RawScore": ["0.5"], "PHRED": ["12"]}
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ([f"{tmp_path}/t: columns {said} are read as chrom, pos, ref, alt"] if said else [])


def test_the_key_itself_goes_before_its_synonyms(tmp_path):
    names = ["Chrom", "chrom", "pos", "POS", "ref", "alt"]
    assert find_key(names, tmp_path) == {name: name for name in ("chrom", "pos", "ref", "alt")}
    with pytest.raises(InputError, match="columns chr, Chromosome may all be chrom; call one of them chrom"):
        find_key(["chr", "Chromosome", "pos", "ref", "alt", "x"], tmp_path)


@pytest.mark.parametrize(("use", "name"), [(use, name) for use, names in SYNONYMS.items() for name in names])
def test_every_synonym_in_any_case(tmp_path, use, name):
    names = {key: key for key in SYNONYMS} | {use: name.upper()}
    assert find_key(list(names.values()), tmp_path) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#Chrom\tPos\tRef\tAlt\n" + "1\t9\tC\tG\n", "columns Chrom, Pos, Ref, Alt; chrom, pos, .* at least one"),
        ("## x\n#Chrom\tPos\tRef\tPHRED\n" + "1\t9\tC\tG\n", "columns Chrom, Pos, Ref, PHRED; chrom, pos"),
        ("## x\nchr\tpos\tref\talt\tx\n1\t9\tC\tG\n", r"t:3: 4 fields; 5 as in its header"),
        ("## x\nchr,pos,ref,alt,x\n1,9,C,G\n", r"t:3: 4 fields; 5 as in its header"),
        ("chr\tpos\tref\talt\tx\n1\t9\tC\tG\t1\n1\t1e5\tC\tG\t1\n", "pos '1e5' in row 2; a whole number"),
        ("chr\tpos\tref\talt\tx\n1\t9\tC\tG,T\t1\n", "alt 'G,T' in row 1; one allele in a row is read"),
        ("chr,pos,ref,alt,x\n", "no row; at least one variant"),
        ("## nothing\n", "no header"),
        ("chr,pos,ref,alt,x,x\n1,9,C,G,1,2\n", "column 'x' is there 2 times"),
        ("chr,pos,ref,alt,x\n1,9,C,G,1\n1,9,c,g,1\n", "1 9 C G stands twice"),
    ],
)
def test_refusals(tmp_path, text, message):
    (tmp_path / "t").write_text(text)
    with pytest.raises(InputError, match=message) as refusal:
        read_covariates(tmp_path / "t")
    assert "\n" not in str(refusal.value)
