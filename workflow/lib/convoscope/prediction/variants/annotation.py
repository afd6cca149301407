"""INFO of a VCF: its values, and the annotated copy with new ones, everything else as it was, byte by byte."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from convoscope.errors import InputError
from convoscope.sequence.vcf import META, MISSING, Header, VcfRecord

ILLEGAL = re.compile(r"[^0-9A-Za-z_.]")


class InfoField(NamedTuple):
    """A field of INFO with one value per alternative allele: what it means, and its Type."""

    meaning: str
    kind: str = "Float"


def read_info(text: str) -> dict[str, str]:
    """Part an INFO column into values by name; a flag has an empty one.

    >>> read_info("DB;AC=1,2")
    {'DB': '', 'AC': '1,2'}
    """
    return {} if text == MISSING else dict(part.partition("=")[::2] for part in text.split(";") if part)


def info_value(info: dict[str, str], name: str, number: str, allele: int) -> str:
    """Return one field's value for an allele, empty where there is none; flags are 1 or 0.

    Parameters
    ----------
    info
        From :func:`read_info`.
    name, number
        The field and its declared Number: ``A`` has a value per alternative allele, ``R`` one for REF before them.
    allele
        Number of the alternative allele, from 1.

    Examples
    --------
    >>> info_value({"AC": "5,7"}, "AC", "A", 2), info_value({"AD": "1,2"}, "AD", "R", 1), info_value({}, "DB", "0", 1)
    ('7', '2', '0')
    """
    if number == "0":
        return str(int(name in info))
    values = info.get(name, "").split(",")
    if number in ("A", "R"):
        values = values[allele - (number == "A") :][:1]
    return "" if values in ([], [MISSING]) else ",".join(values)


def info_numbers(names: Iterable[str], header: Header, path: Path) -> dict[str, str]:
    """Return the Number of the fields asked for; refuse one that the header of ``path`` does not declare."""
    for name in names:
        if name not in header.numbers:
            known = ", ".join(header.numbers) or "none"
            raise InputError(f"{path}: no field {name!r} of INFO in the header; it has {known}")
    return {name: header.numbers[name] for name in names}


def info_keys(labels: Sequence[str], prefix: str) -> list[str]:
    """Return a name for INFO per label, legal (VCF 4.3, section 1.6.1) and unique.

    >>> info_keys(["a+b", "a-b", "REB1"], "C_")
    ['C_a_b', 'C_a_b_2', 'C_REB1']
    """
    keys: list[str] = []
    for label in labels:
        first = prefix + ILLEGAL.sub("_", label)
        several = (first if number == 1 else f"{first}_{number}" for number in range(1, len(labels) + 1))
        keys.append(next(key for key in several if key not in keys))
    return keys


def quoted(text: str) -> str:
    r"""Write text as a value of the header.

    >>> quoted('the "first"')
    '"the \\"first\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def annotated_header(
    header: Header, fields: Mapping[str, InfoField], notes: Mapping[str, str], contigs: Mapping[str, int | None]
) -> list[str]:
    """Return the lines of the header with new ones.

    Parameters
    ----------
    header
        Of the input.
    fields
        New fields of INFO by name. Lines of the same name, which an earlier annotation left, are replaced; those of a
        field without a meaning are only removed.
    notes
        Further lines ``##name="text"``, replaced likewise, and removed where there is no text.
    contigs
        Contigs of the records with their lengths, where known; lines are added for those that have none.
    """
    kept = [line for line in header.meta if not _is_replaced(line, fields, notes)]
    declared = set(header.contigs)
    missing = [(name, length) for name, length in contigs.items() if name not in declared]
    kept += [f"##contig=<ID={name}" + (f",length={length}>" if length else ">") for name, length in missing]
    kept += [f"##{name}={quoted(text)}" for name, text in notes.items() if text]
    declared_now = [(name, field) for name, field in fields.items() if field.meaning]
    kept += [
        f"##INFO=<ID={name},Number=A,Type={kind},Description={quoted(text)}>" for name, (text, kind) in declared_now
    ]
    return [*kept, header.columns]


def _is_replaced(line: str, fields: Iterable[str], notes: Iterable[str]) -> bool:
    """Tell whether a line of the header will be replaced."""
    match = META.match(line)
    if match and match[1] == "INFO":
        return match[2] in fields
    return line[2:].partition("=")[0] in notes


def annotated_line(record: VcfRecord, values: Mapping[str, Sequence[str]]) -> str:
    r"""Return the line of a record with new values at the end of INFO.

    Parameters
    ----------
    record
        Of the input.
    values
        Field to one value per alternative allele; a field without any value is left out. Values that the record had
        under these names are replaced.

    Examples
    --------
    >>> record = VcfRecord(1, 9, 7, ["1", "7", ".", "A", "C,*", ".", ".", "DB;X=1"])
    >>> annotated_line(record, {"X": ["0.5", "."], "Y": [".", "."]}).split("\t")[7]
    'DB;X=0.5,.'
    """
    new = [f"{name}={','.join(several)}" for name, several in values.items() if several.count(MISSING) < len(several)]
    return line_with_info(record, values, ";".join(new))


def line_with_info(record: VcfRecord, names: Collection[str], new: str) -> str:
    r"""Return the line of a record with the text ``new`` at the end of INFO, where fields ``names`` are left out.

    >>> line_with_info(VcfRecord(1, 9, 7, ["1", "7", ".", "A", "C", ".", ".", "DB;X=1"]), ["X"], "X=2").split("\t")[7]
    'DB;X=2'
    """
    info = record.fields[7]
    old = [] if info == MISSING else [info]
    if old and (f";{MISSING};" in f";{info};" or any(name in info for name in names)):
        old = [part for part in info.split(";") if part != MISSING and part.partition("=")[0] not in names]
    if new:
        old.append(new)
    return "\t".join([*record.fields[:7], ";".join(old) or MISSING, *record.fields[8:]])
