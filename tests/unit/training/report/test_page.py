"""The report's two faces say the same, and nothing in a cell becomes markup."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from netheed.training.report.page import Picture, Report, Section, Table, html, markdown, write

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = "a|b <script>x</script>"


def report(*, picture: str = "curve") -> Report:
    table = Table(title="Scores", columns=("method", "AP"), rows=((HOSTILE, "0.5"),), note="five")
    parts = (table, Picture(name=picture, title="A curve", png=PNG))
    section = Section(title="Zeek, held out", text=("Some `code` and **more**.",), parts=parts)
    return Report(title="Comparison", text=("What was done.",), sections=(section,))


class Nesting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag not in {"meta", "img"}:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def test_every_tag_of_the_page_is_closed_and_none_is_a_script() -> None:
    parser = Nesting()
    parser.feed(html(report()))

    assert not parser.opened
    assert not parser.scripts


def test_a_hostile_cell_stays_text_in_both_faces() -> None:
    assert "a\\|b &lt;script&gt;x&lt;/script&gt;" in markdown(report())
    assert "a|b &lt;script&gt;x&lt;/script&gt;" in html(report())


def test_the_page_asks_for_no_other_address() -> None:
    page = html(report())

    assert "http" not in page
    assert "data:image/png;base64," in page
    assert "<code>code</code> and <strong>more</strong>" in page


def test_contents_lead_to_the_sections() -> None:
    assert "- [Zeek, held out](#zeek-held-out)" in markdown(report())
    assert 'id="zeek-held-out"' in html(report())


def test_pictures_of_an_earlier_report_vanish(tmp_path: Path) -> None:
    write(report(picture="old"), tmp_path)
    write(report(picture="new"), tmp_path)

    assert [p.name for p in (tmp_path / "pictures").iterdir()] == ["new.png"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pictures", "report.html", "report.md"]


@pytest.mark.parametrize("name", ["", "A", "../x", "a.png"])
def test_a_picture_that_could_not_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="picture"):
        Picture(name=name, title="x", png=PNG)
