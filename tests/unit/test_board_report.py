"""The board report: five measures first, every figure with its words, nothing fetched, the same bytes each time."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from sightline.app.report_files import check_formats, write_files
from sightline.errors import EnvironmentProblem, InputRefused
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release, Statement
from sightline.publish.board_report import board_report, board_report_html, board_report_pdf
from sightline.publish.document import Bullets, DataTable, Document, Heading, Paragraph, Picture, Section
from sightline.publish.series import breakdown_title
from sightline.publish.words import coverage_words, joined, latest_change
from sightline.publish.write_html import write_html, write_pages
from sightline.publish.write_pdf import ReportNotWritten, write_pdf
from tests.support.boundaries import ward_squares
from tests.support.releases import TITLES, example_release
from tests.support.samples import ROOT

HOSTILE = '<script>x</script> #strong[y] *z* _u_ $1$ @ref "quoted" \\ & é “’”'


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return board_report_pdf(example_release(), ward_squares())


@pytest.fixture(scope="module")
def page() -> lxml_html.HtmlElement:
    return lxml_html.fromstring(board_report_html(example_release(), ward_squares()).decode())


def small_release() -> Release:
    """Two indicators only, where what matters is not how many there are."""
    return dataclasses.replace(example_release(), indicators=example_release().indicators[:2])


def tables(document: Document) -> Iterator[DataTable]:
    return (block for section in document.sections for block in section.blocks if isinstance(block, DataTable))


@cache
def text_of(pdf: bytes, page: int | None = None) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    words = " ".join(each.extract_text() for each in (pages if page is None else [pages[page]]))
    return re.sub(r"\s+", " ", words)


def test_the_same_release_gives_the_same_bytes(pdf: bytes) -> None:
    assert board_report_pdf(example_release(), ward_squares()) == pdf
    assert board_report_html(example_release(), ward_squares()) == board_report_html(example_release(), ward_squares())


def test_the_first_page_has_the_five_key_measures_with_change_and_coverage(pdf: bytes) -> None:
    first = text_of(pdf, 0)

    for title, key, *_ in TITLES.values():
        assert (title in first) is key
    assert first.count("2 of 2 agencies, provisional") == 5
    assert "No clear difference from October to December 2025" in first
    assert "7 of 8 agencies had sent everything due. Not complete: Housing." in first


def test_the_pdf_is_tagged_titled_in_british_english_and_dated_by_the_release(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    catalogue = reader.trailer["/Root"]

    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert catalogue["/Lang"] == "en-GB"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title == "Saltmere: January to March 2026"
    assert str(reader.metadata.creation_date).startswith("2026-05-15")
    assert b"pdfuaid:part" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]


def structure(node: object) -> Iterator[tuple[str, object]]:
    """Every structure element of a PDF as (kind, element)."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from structure(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), node
        yield from structure(node.get("/K", []))


def test_every_figure_has_alternative_text_and_every_table_has_headers(pdf: bytes) -> None:
    found = list(structure(PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]))
    kinds = [kind for kind, _ in found]

    drawings = [element for kind, element in found if kind == "/Figure"]
    assert len(drawings) == 5 + 5 + 1 + 1
    assert all(str(element.get("/Alt", "")).strip() for element in drawings)  # type: ignore[attr-defined]
    assert kinds.count("/Table") == len(list(tables(board_report(example_release(), ward_squares()))))
    assert kinds.count("/TH") >= 2 * kinds.count("/Table")
    assert {"/H1", "/H2", "/H3"} <= set(kinds)


def test_the_pdf_uses_our_own_fonts_so_that_every_machine_gives_the_same(pdf: bytes) -> None:
    fonts = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z-]+)", pdf)) or {
        str(font.get_object()["/BaseFont"]).split("+")[1].encode()
        for each in PdfReader(io.BytesIO(pdf)).pages
        for font in each["/Resources"]["/Font"].values()
    }

    assert {font.removesuffix(b"-Identity-H") for font in fonts} == {b"LiberationSans", b"LiberationSans-Bold"}


def test_the_html_needs_nothing_else_and_runs_nothing() -> None:
    content = board_report_html(example_release(), ward_squares()).decode()

    assert not re.search(r"<script|<link|<img|<iframe|@import|javascript:|\son\w+=", content)
    assert set(re.findall(r'(?:src|href|url)[=(]"?([^")]*)', content)) <= {f"#{each}" for each in re.findall(r'id="([^"]+)"', content)}
    assert set(re.findall(r"https?://[^\"' ]+", content)) == {"http://www.w3.org/2000/svg"}


def test_the_html_has_one_title_sections_in_order_and_tables_with_headers(page: lxml_html.HtmlElement) -> None:
    assert page.get("lang") == "en-GB"
    assert len(page.xpath("//h1")) == 1
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert [a.get("href").removeprefix("#") for a in page.xpath("//nav//a")] == page.xpath("//main/section/@id")
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4")]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    for table in page.xpath("//table"):
        assert table.xpath("./caption/text()")
        assert all(th.get("scope") == "col" for th in table.xpath("./thead//th"))
        assert all(tr[0].tag == "th" for tr in table.xpath("./tbody/tr"))


def test_every_number_of_every_chart_is_in_a_table() -> None:
    release = example_release()
    by_caption = {table.caption: table for table in tables(board_report(release, ward_squares()))}

    for indicator in (each for each in release.indicators if each.key):
        trend = next(table for caption, table in by_caption.items() if caption.split(", out of")[0] == indicator.title)
        assert [row[1] for row in trend.rows] == [str(figure.count) for figure in release.series(indicator.id) if figure]
        for breakdown in indicator.breakdowns:
            table = by_caption[f"{indicator.title} by {breakdown_title(release, breakdown).lower()}"]
            assert [row[0] for row in table.rows] == [label for _, label in release.categories[breakdown]]


def test_every_other_measure_has_its_line_by_its_part_and_the_questions_that_wait_are_named() -> None:
    release = example_release()
    behind = next(section for section in board_report(release, None).sections if section.id == "behind-them")
    lines = {row[0]: row[1:] for block in behind.blocks if isinstance(block, DataTable) for row in block.rows}

    assert set(lines) == {each.title for each in release.indicators if not each.key}
    assert [block.caption for block in behind.blocks if isinstance(block, DataTable)] == ["Recognising harm", "Missing"]
    assert lines["Return interviews held within 72 hours"][:2] == ("4%", "3% to 5%")
    assert lines["Emergency attendances for assault"][:2] == ("205 attendances", "a count")
    waiting = next(block for block in behind.blocks if isinstance(block, Bullets))
    assert waiting.items[0].startswith("Children whose safe place is known: ")


def test_what_analyses_found_is_told_in_their_own_sentences() -> None:
    found = next(section for section in board_report(example_release(), None).sections if section.id == "analyses")

    assert [block.items for block in found.blocks if isinstance(block, Bullets)] == [("Schools: 40 referrals.",)]


def test_a_withheld_figure_is_the_word_and_never_a_number_or_a_blank() -> None:
    for table in tables(board_report(example_release(), ward_squares())):
        assert all(cell.strip() for row in table.rows for cell in row), table.caption
    ward = next(t for t in tables(board_report(example_release(), ward_squares())) if t.caption == "Missing episodes by home ward")
    assert dict(ward.rows)["Northgate"] == "withheld"


def test_what_we_do_not_know_stands_on_the_first_pages_in_both_forms(pdf: bytes, page: lxml_html.HtmlElement) -> None:
    unknown = "Housing has sent nothing for January to March 2026."

    assert unknown in text_of(pdf, 0) + text_of(pdf, 1)
    assert unknown in page.get_element_by_id("known-and-unknown").text_content()


def test_text_from_outside_is_printed_as_it_is_spelt_in_both_forms() -> None:
    release = dataclasses.replace(small_release(), unknowns=(Statement("x", HOSTILE),), area=HOSTILE)
    drawings = ward_squares()

    content = board_report_html(release, drawings).decode()
    words = text_of(board_report_pdf(release, drawings))

    assert "<script" not in content
    assert HOSTILE in lxml_html.fromstring(content).text_content()
    assert "#strong[y] *z* _u_ $1$ @ref" in words


def test_a_row_without_a_number_says_why_once_across_and_is_still_a_row_of_the_same_table() -> None:
    table = DataTable("By quarter", ("Quarter", "Children", "Out of"), (("April to June 2022", "not collected"), ("July", "10", "20")))
    document = Document("Title", "", "2026-05-15T09:00:00+00:00", "", (Section("a", "Part", (table,)),))

    page = lxml_html.fromstring(write_html(document))

    assert [[(cell.text, cell.get("colspan")) for cell in row] for row in page.xpath("//tbody/tr")] == [
        [("April to June 2022", None), ("not collected", "2")],
        [("July", None), ("10", None), ("20", None)],
    ]
    assert "April to June 2022 not collected" in " ".join(PdfReader(io.BytesIO(write_pdf(document))).pages[0].extract_text().split())


def test_a_release_with_nothing_in_it_still_makes_a_report() -> None:
    bare = dataclasses.replace(
        example_release(), figures=(), agency_sets=(), combinations=(), changes=(), unknowns=(), questions=(), quality=(),
        flagged_by_none=NotAvailable("not linked yet"),
    )  # fmt: skip

    words = text_of(board_report_pdf(bare, ward_squares()))

    assert "No change stands out" in words
    assert "not linked yet" in words


def test_a_report_without_its_drawings_still_has_the_numbers() -> None:
    words = text_of(board_report_pdf(small_release(), None))

    assert "October to December 2024 240 230 to 245 5,000 480.0" in words


def test_the_report_never_judges(pdf: bytes) -> None:
    words = text_of(pdf).lower()

    for judging in ("offender", "best", "worst", "league", "rank", "poor performance", "good performance", "amber", "red flag"):
        assert judging not in words


def percentage(count: int, out_of: int) -> Figure:
    return Figure("children_with_known_concern", "", "all", "all", Released(count), Released(out_of), Ratio(100 * count / out_of, 100))


def bare(count: Shown) -> Figure:
    return Figure("children_with_known_concern", "", "all", "all", count, None, None)


@pytest.mark.parametrize(
    ("per", "now", "before", "words"),
    [
        (None, bare(Released(120)), bare(Released(80)), "Higher than October to December 2025 (1.50 times, 1.12 to 2.02)"),
        (None, bare(Released(80)), bare(Released(120)), "Lower than October to December 2025 (0.67 times, 0.50 to 0.89)"),
        (None, bare(Released(100)), bare(Released(100)), "No clear difference from October to December 2025 (1.00 times, 0.75 to 1.33)"),
        (None, bare(Released(105)), bare(Released(100)), "No clear difference from October to December 2025 (1.05 times, 0.79 to 1.39)"),
        (100, percentage(300, 1000), percentage(200, 1000), "Higher than October to December 2025 (1.50 times, 1.25 to 1.80)"),
        (100, percentage(15, 50), percentage(10, 50), "No clear difference from October to December 2025 (1.50 times, 0.63 to 3.73)"),
        (None, bare(Withheld.WITHHELD), bare(Released(80)), "No comparison with October to December 2025: withheld"),
        (
            None,
            bare(Released(80)),
            bare(NotAvailable("no return received")),
            "No comparison with October to December 2025: no return received",
        ),
    ],
)
def test_change_is_said_in_neutral_words_and_not_where_rounding_could_explain_it(
    per: int | None, now: Figure, before: Figure, words: str
) -> None:
    release = example_release()
    indicator = dataclasses.replace(release.indicators[0], per=per)
    two = (dataclasses.replace(before, period=release.periods[-2]), dataclasses.replace(now, period=release.periods[-1]))

    assert latest_change(dataclasses.replace(release, figures=two), indicator) == words


def test_coverage_counts_only_the_agencies_a_measure_needs() -> None:
    release = example_release()
    needs_housing = dataclasses.replace(release.indicators[0], agencies_needed=("csc", "housing"))

    assert coverage_words(release) == "7 of 8 agencies, provisional"
    assert coverage_words(release, needs_housing) == "1 of 2 agencies"


def test_a_document_as_pages_links_each_section_and_marks_where_you_are() -> None:
    document = Document("T", "S", "2026-01-01", "source", (Section("one", "One", ()), Section("two", "Two", (Paragraph("x"),))))

    pages = write_pages(document)

    assert list(pages) == ["index.html", "two.html"]
    second = lxml_html.fromstring(pages["two.html"].decode())
    assert second.xpath("//nav//a/@href") == ["index.html", "two.html"]
    assert second.xpath("//a[@aria-current='page']/text()") == ["Two"]


def test_a_drawing_that_is_not_svg_is_said_and_no_report_is_made() -> None:
    document = Document("T", "S", "2026-01-01", "x", (Section("a", "A", (Heading("h"), Picture(b"not svg", "alt", ""))),))

    with pytest.raises(ReportNotWritten, match="SL-PUB-001"):
        write_pdf(document)


def test_a_format_nobody_knows_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(InputRefused, match="Choose from pdf, html"):
        check_formats(["docx"], ("pdf", "html"))
    assert check_formats(["HTML", "pdf", "html"], ("pdf", "html")) == ("html", "pdf")


def test_a_folder_that_cannot_be_made_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(EnvironmentProblem, match="Choose a folder"):
        write_files(tmp_path / "file" / "reports", {"a.pdf": b"x"})


def test_writing_again_replaces_and_leaves_nothing_unfinished(tmp_path: Path) -> None:
    write_files(tmp_path / "new", {"a.pdf": b"old"})
    assert [path.read_bytes() for path in write_files(tmp_path / "new", {"a.pdf": b"new"})] == [b"new"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.pdf"]


def test_the_words_of_the_report_are_the_reviewed_ones() -> None:
    golden = ROOT / "tests" / "golden" / "board_report.txt"
    page = lxml_html.fromstring(board_report_html(example_release(), ward_squares()).decode())
    words = [
        re.sub(r"\s+", " ", e.text_content()).strip()
        for e in page.xpath("//main//*[self::h2 or self::h3 or self::h4 or self::p or self::li[not(*)]]")
    ]

    assert "\n".join(words[:60]) + "\n" == golden.read_text(encoding="utf-8")


def test_names_are_joined_as_people_say_them() -> None:
    assert joined([]) == ""
    assert joined(["Housing"]) == "Housing"
    assert joined(["Police", "Housing"]) == "Police and Housing"


def release_of_many_wards(count: int) -> Release:
    wards = tuple((f"W{n:03}", f"Ward {n}") for n in range(count))
    return dataclasses.replace(small_release(), categories={**example_release().categories, "ward": wards})


def test_a_place_of_many_wards_fits_its_pages() -> None:
    release = release_of_many_wards(60)

    words = text_of(board_report_pdf(release, ward_squares()))

    assert "Ward 59" in words


def test_a_reason_is_said_once_in_a_row_of_a_table() -> None:
    reason = NotAvailable("records do not reach back far enough")
    release = small_release()
    figures = tuple(
        dataclasses.replace(f, count=reason, out_of=reason, statistic=reason) if (f.breakdown, f.period) == ("all", "2022-Q2") else f
        for f in release.figures
    )

    trend = next(tables(board_report(dataclasses.replace(release, figures=figures), None)))

    assert trend.rows[0] == ("April to June 2022", "records do not reach back far enough"), "it stands across the columns"
