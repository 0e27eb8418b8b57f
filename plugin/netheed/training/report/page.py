"""A report as plain data, and its two faces: Markdown with pictures beside it, one HTML page."""

import re
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

PICTURES: Final = "pictures"
_NAME: Final = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cells are text; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG. Raises ValueError when the name could not be that of a file."""

    name: str
    title: str
    png: bytes
    note: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: a picture's name is of a-z, 0-9 and -")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Paragraphs of plain text, where `code` and **bold** are known, then tables and pictures."""

    title: str
    text: tuple[str, ...] = ()
    parts: tuple[Table | Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it."""

    title: str
    text: tuple[str, ...]
    sections: tuple[Section, ...]


def write(report: Report, directory: Path) -> None:
    """Write report.md, report.html and the pictures; pictures of an earlier report are removed."""
    folder = directory / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [p for s in report.sections for p in s.parts if isinstance(p, Picture)]
    for picture in pictures:
        _replace(folder / f"{picture.name}.png", picture.png)
    for old in folder.glob("*.png"):
        if old.stem not in {picture.name for picture in pictures}:
            old.unlink()
    _replace(directory / "report.md", markdown(report).encode())
    _replace(directory / "report.html", html(report).encode())


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def markdown(report: Report) -> str:
    """GitHub's Markdown, with the pictures by their place beside it."""
    lines = [f"# {report.title}", "", *_spaced(report.text)]
    lines += [f"- [{s.title}](#{_anchor(s.title)})" for s in report.sections] + [""]
    for section in report.sections:
        lines += [f"## {section.title}", "", *_spaced(section.text)]
        for part in section.parts:
            lines += _table(part) if isinstance(part, Table) else _picture(part)
    return "\n".join(lines).rstrip() + "\n"


def _spaced(paragraphs: tuple[str, ...]) -> list[str]:
    return [line for paragraph in paragraphs for line in (paragraph, "")]


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _table(table: Table) -> list[str]:
    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(escape(c, quote=False).replace("|", "\\|") for c in cells) + " |"

    aligned = "|---|" + "---:|" * (len(table.columns) - 1)
    lines = [f"**{table.title}**", "", row(table.columns), aligned, *map(row, table.rows), ""]
    return lines + ([table.note, ""] if table.note else [])


def _picture(picture: Picture) -> list[str]:
    lines = [f"![{picture.title}]({PICTURES}/{picture.name}.png)", ""]
    return lines + ([picture.note, ""] if picture.note else [])


_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; }
body { padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .6rem; text-align: right; }
th, td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; }
th:first-child, td:first-child { background: Canvas; }
figure { margin: 1.5rem 0; } img { max-width: 100%; background: #fff; }
figcaption, .note { font-size: .88rem; opacity: .85; }
"""


def html(report: Report) -> str:
    """One page that needs nothing else: no script, no address outside, pictures inside."""
    contents = "".join(
        f'<li><a href="#{_anchor(s.title)}">{escape(s.title)}</a></li>' for s in report.sections
    )
    body = "".join(_section(section) for section in report.sections)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(report.title)}</h1>{_paragraphs(report.text)}<ul>{contents}</ul>{body}"
        "</body></html>\n"
    )


def _section(section: Section) -> str:
    parts = "".join(
        _html_table(part) if isinstance(part, Table) else _figure(part) for part in section.parts
    )
    title = f'<h2 id="{_anchor(section.title)}">{escape(section.title)}</h2>'
    return f"<section>{title}{_paragraphs(section.text)}{parts}</section>"


def _paragraphs(paragraphs: tuple[str, ...]) -> str:
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in paragraphs)


def _inline(text: str) -> str:
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    note = f'<p class="note">{_inline(table.note)}</p>' if table.note else ""
    return (
        f'<div class="wide"><table><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


def _figure(picture: Picture) -> str:
    data = b64encode(picture.png).decode()
    caption = _inline(f"{picture.title}. {picture.note}".rstrip())
    return (
        f'<figure><img alt="{escape(picture.title)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
