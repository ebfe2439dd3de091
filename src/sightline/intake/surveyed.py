"""What a survey of unknown files says, as checked objects: it comes from the reading process and is not trusted."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["text", "code", "date", "datetime", "integer", "number", "boolean", "empty"]


class SurveyedColumn(BaseModel):
    """One column: its header, the share of rows that fill it, the type its cells fit, the order of its dates, the codes it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: str
    filled: float = Field(ge=0, le=1)
    type: Kind
    order: Literal["day_first", "month_first", ""] = ""
    codes: tuple[str, ...] = ()


class SurveyedTable(BaseModel):
    """One sheet of a workbook or one CSV."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    sheet: str | None
    kind: Literal["csv", "workbook"]
    header_row: int = Field(ge=1)
    rows: int = Field(ge=0)
    columns: tuple[SurveyedColumn, ...]
