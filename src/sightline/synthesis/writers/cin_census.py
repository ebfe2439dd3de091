"""Children's social care: the children in need census, one XML message for each year to 31 March."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.draw import NEVER
from sightline.synthesis.errors_of_recording import spelled
from sightline.synthesis.returns import Return
from sightline.synthesis.social_care import CLOSED, TO_EARLY_HELP
from sightline.synthesis.writers.care_cases import disabled, with_case
from sightline.synthesis.writers.columns import ISO_DAY, day_text

FILE = "cin_census.xml"
SEX_SINCE = 2025
RETIRED_CODES = {"18C": "18A", "19C": "19A"}
"""Single abuse codes retired in 2020/21 that one team went on using until 2023."""


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``cin_census.xml``: every episode open at some time in the year, with assessments, plans and enquiries."""
    cases = with_case(block, block.referrals).sort("local_id", "received")
    for sent in returns:
        year = sent.period.year
        first, last = sent.period.end - 364, sent.period.end
        open_then = cases.filter((pl.col("received") <= last) & (pl.col("closed") >= first))
        children = (
            open_then.with_columns(details=_details(year, last))
            .group_by("person", maintain_order=True)
            .agg(pl.col("local_id", "born", "boy", "ethnicity", "upn").first(), pl.col("details").str.join(""))
        )
        body = "".join(children.select(_child(year)).to_series().to_list())
        desk.text(sent, FILE, _start(year, sent.arrived_on), body, "  </Children>\n</Message>\n")


def _start(year: int, made_on: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n  <Header>\n    <CollectionDetails>\n      <Collection>CIN</Collection>\n'
        f"      <Year>{year}</Year>\n      <ReferenceDate>{year}-03-31</ReferenceDate>\n    </CollectionDetails>\n    <Source>\n"
        "      <SourceLevel>L</SourceLevel>\n      <LEA>999</LEA>\n      <SoftwareCode>Saltmere case system</SoftwareCode>\n"
        f"      <Release>7.{year % 100}</Release>\n      <SerialNo>001</SerialNo>\n      <DateTime>{made_on}T09:14:05</DateTime>\n"
        "    </Source>\n  </Header>\n  <Children>\n"
    )


def _element(name: str, value: pl.Expr, indent: int) -> pl.Expr:
    """One element on its own line; nothing where there is no value."""
    return pl.concat_str(pl.lit(f"{' ' * indent}<{name}>"), value, pl.lit(f"</{name}>\n")).fill_null("")


def _if(condition: pl.Expr, *parts: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.concat_str(*parts)).otherwise(pl.lit(""))


def _child(year: int) -> pl.Expr:
    has_upn = pl.col("upn") != ""
    boy = pl.col("boy")
    if year >= SEX_SINCE:
        sex = _element("Sex", pl.when(boy).then(pl.lit("M")).otherwise(pl.lit("F")), 8)
    else:
        shown = pl.when(pl.col("born") % 90 == 0).then(pl.lit("9")).otherwise(pl.when(boy).then(pl.lit("1")).otherwise(pl.lit("2")))
        sex = _element("GenderCurrent", shown, 8)
    return pl.concat_str(
        pl.lit("    <Child>\n      <ChildIdentifiers>\n"),
        _element("LAchildID", pl.col("local_id"), 8),
        _if(has_upn, _element("UPN", pl.col("upn"), 8)),
        _if(~has_upn, _element("UPNunknown", pl.lit("UN5"), 8)),
        _element("PersonBirthDate", day_text("born", ISO_DAY), 8),
        sex,
        pl.lit("      </ChildIdentifiers>\n      <ChildCharacteristics>\n"),
        _element("Ethnicity", spelled("ethnicity", 0).fill_null("NOBT"), 8),
        pl.lit("        <Disabilities>\n"),
        _element("Disability", pl.when(disabled()).then(pl.lit("LD")).otherwise(pl.lit("NONE")), 10),
        pl.lit("        </Disabilities>\n      </ChildCharacteristics>\n"),
        pl.col("details"),
        pl.lit("    </Child>\n"),
    )


def _details(year: int, last: int) -> pl.Expr:
    """One episode as it stood on 31 March."""
    closed = pl.col("closed") <= last
    reason = (
        pl.when(pl.col("no_action") | (pl.col("outcome") == CLOSED))
        .then(pl.lit("RC8"))
        .when(pl.col("outcome") == TO_EARLY_HELP)
        .then(pl.lit("RC9" if year >= 2023 else "RC8"))
        .otherwise(pl.lit("RC7"))
    )
    source = pl.col("source") if year >= 2023 else pl.col("source").replace("5D", "5B")
    return pl.concat_str(
        pl.lit("      <CINdetails>\n"),
        _element("CINreferralDate", day_text("received", ISO_DAY), 8),
        _element("ReferralSource", source, 8),
        _if(~pl.col("no_action"), _element("PrimaryNeedCode", pl.col("need"), 8)),
        _if(closed, _element("CINclosureDate", day_text("closed", ISO_DAY), 8), _element("ReasonForClosure", reason, 8)),
        _if(pl.col("conference") <= last, _element("DateOfInitialCPC", day_text("conference", ISO_DAY), 8)),
        _assessment(year, last),
        _if(
            pl.col("need_start") <= last,
            pl.lit("        <CINPlanDates>\n"),
            _element("CINPlanStartDate", day_text("need_start", ISO_DAY), 10),
            _element("CINPlanEndDate", day_text("need_end", ISO_DAY, last), 10),
            pl.lit("        </CINPlanDates>\n"),
        ),
        _enquiry(last),
        _element("ReferralNFA", pl.when(pl.col("no_action")).then(pl.lit("true")).otherwise(pl.lit("false")), 8),
        _protection(last),
        pl.lit("      </CINdetails>\n"),
    )


def _assessment(year: int, last: int) -> pl.Expr:
    written = pl.col("all_factors").str.split(" ")
    if year <= 2023:
        # One team kept the retired single codes for adult abuse: about a sixth of assessments until 2023.
        old = pl.col("all_factors").str.replace_all("18C", "18A", literal=True).str.replace_all("19C", "19A", literal=True)
        written = pl.when(pl.col("referral") % 6 == 0).then(old.str.split(" ")).otherwise(written)
    tags = pl.concat_str(
        pl.lit("            <AssessmentFactors>"),
        written.list.join("</AssessmentFactors>\n            <AssessmentFactors>"),
        pl.lit("</AssessmentFactors>\n"),
    )
    signed = pl.col("authorised") <= last
    return _if(
        (pl.col("assessed") < NEVER) & (pl.col("assessed") <= last),
        pl.lit("        <Assessments>\n"),
        _element("AssessmentActualStartDate", day_text("assessed", ISO_DAY), 10),
        _element("AssessmentAuthorisationDate", day_text("authorised", ISO_DAY, last), 10),
        _if(signed, pl.lit("          <FactorsIdentifiedAtAssessment>\n"), tags, pl.lit("          </FactorsIdentifiedAtAssessment>\n")),
        pl.lit("        </Assessments>\n"),
    )


def _enquiry(last: int) -> pl.Expr:
    held = pl.col("conference") <= last
    return _if(
        pl.col("enquiry") <= last,
        pl.lit("        <Section47>\n"),
        _element("S47ActualStartDate", day_text("enquiry", ISO_DAY), 10),
        _element("InitialCPCtarget", day_text(pl.col("enquiry") + 21, ISO_DAY), 10),
        _if(held, _element("DateOfInitialCPC", day_text("conference", ISO_DAY), 10)),
        _element("ICPCnotRequired", pl.when(pl.col("conference") < NEVER).then(pl.lit("false")).otherwise(pl.lit("true")), 10),
        pl.lit("        </Section47>\n"),
    )


def _protection(last: int) -> pl.Expr:
    until = pl.min_horizontal(pl.col("protection_end"), pl.lit(last))
    review = pl.col("conference") + 85
    return _if(
        (pl.col("conference") <= last) & (pl.col("protection_end") < NEVER),
        pl.lit("        <ChildProtectionPlans>\n"),
        _element("CPPstartDate", day_text("conference", ISO_DAY), 10),
        _element("CPPendDate", day_text("protection_end", ISO_DAY, last), 10),
        _element("InitialCategoryOfAbuse", pl.col("abuse"), 10),
        _element("LatestCategoryOfAbuse", pl.col("abuse"), 10),
        _element("NumberOfPreviousCPP", (pl.col("referral") % 5 == 0).cast(pl.Int64).cast(pl.String), 10),
        _if(
            review <= until,
            pl.lit("          <Reviews>\n"),
            _element("CPPreviewDate", day_text(review, ISO_DAY), 12),
            pl.lit("          </Reviews>\n"),
        ),
        pl.lit("        </ChildProtectionPlans>\n"),
    )
