"""What some children said in the conversation after they came back, in invented words: short, in their own voice, naming nobody.

No number is drawn for them: who said what follows from what the truth holds already, so that nothing else of the partnership depends on it.
"""

from __future__ import annotations

import polars as pl

RECORDED_SHARE = 0.5
"""Of the conversations with the child's words recorded, those whose words are in the workbook and not in a case file alone."""

_BY_PULL = {
    "exploiter contact": (
        (
            "Older people gave me a phone and now they say I owe them. I did not know how to say no. I want help to give it back.",
            "control",
        ),
        ("They asked me to look after a bag. I think there was a knife in it. I was frightened and I did not look.", "weapons;control"),
        (
            "Somebody I met online knew where I live. They threatened to show people the pictures. I have not told anyone at home.",
            "sexual_violence;violence",
        ),
    ),
}
_BY_PUSH = {
    "conflict": (
        ("We argued and I needed to get out for a while. I went to a friend's and I felt better there.", ""),
        ("Everybody was shouting. I walked until it was quiet. I would have come back sooner if somebody had rung me.", ""),
    ),
    "placement": (
        ("I have moved three times this year. I went back to where my friends are, because that is where I know people.", ""),
        ("I like the staff here. I miss my old school and nobody told me when I can visit.", ""),
    ),
    "school": (
        ("I am in for two hours a day and after that there is nothing to do. Nobody asks where I go.", ""),
        ("People say things about where my family comes from. I stopped going in. I want it to stop.", "discrimination"),
    ),
    "mental health": (
        ("My head was full and walking helps. I would talk to somebody if they came to me.", ""),
        ("I felt very low and thought about self-harm. I said so because I was asked, and I was glad to be asked.", "self_harm"),
    ),
    "abuse/neglect": (("There was no food in and I was hungry. I stayed where somebody cooks.", "neglect"),),
    "other": (
        ("I missed the last bus and my phone had run out. I did not think that I was missing.", ""),
        ("My friend was having a hard time and I stayed. I would do the same again.", ""),
    ),
}


def with_words(told: pl.DataFrame) -> pl.DataFrame:
    """Add to each episode ``said`` and ``themes``: the child's words and what they speak of, as the missing team marks it; mostly empty."""
    written = pl.col("voice") & (_draw(7919.0) < RECORDED_SHARE)
    words, themes = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for column, by in (("push", _BY_PUSH), ("pull", _BY_PULL)):  # who is drawn by somebody who exploits speaks of that
        for reason, texts in by.items():
            which = (_draw(104729.0) * len(texts)).cast(pl.Int64)
            for place, (text, speaks_of) in enumerate(texts):
                fits = written & (pl.col(column) == reason) & (which == place)
                words = pl.when(fits).then(pl.lit(text)).otherwise(words)
                themes = pl.when(fits).then(pl.lit(speaks_of or None, pl.String)).otherwise(themes)
    return told.with_columns(said=words, themes=themes)


def _draw(factor: float) -> pl.Expr:
    """A number between 0 and 1 that hangs on one already drawn and on nothing else."""
    return (pl.col("settles") * factor) % 1.0
