"""Ways of speaking that blame a child, hide who harms, or label; no page may use them."""

from __future__ import annotations

import re

BLAMING = [
    r"put(?:s|ting)? (?:him|her|them)sel(?:f|ves) (?:at|in) (?:risk|danger)",
    r"plac(?:es?|ed|ing) (?:him|her|them)sel(?:f|ves)",
    r"risk[- ]?taking|risky behaviou?r|sexuali[sz]ed behaviou?r|promiscu\w+",
    r"engag(?:es?|ed|ing) in (?:sex|CSE|CCE|exploitation|crime)",
    r"involved (?:in|with) (?:CSE|CCE|(?:child )?(?:sexual|criminal) exploitation|county lines)",
    r"life ?style choices?|(?:poor|bad|risky|wrong) choices?",
    r"consensual|consent(?:ed|ing)? to (?:sex|the activity)",
    r"drug[- ]?(?:running|runner|mule)|(?:money|cash) mules?",
    r"(?:fail|failed|refus\w+|unwilling) to (?:disclose|engage|cooperate|attend)|no disclosures?|did not disclose",
    r"hard[- ]to[- ]reach|(?:not|non|dis)[- ]?engag(?:ing|e|ed|ement)|difficult to engage|did not attend",
    r"attention[- ]?seeking|manipulative|streetwise|older than (?:his|her|their) years|mature for (?:his|her|their)",
    r"out of control|beyond (?:parental )?control|asking for it|provocative",
    r"abscond\w*|runaways?|misper|self[- ]?plac(?:ed|ing)",
    r"(?:older|adult) (?:boy|girl)friend|boyfriend model|older (?:friends|associates)",
    r"prostitut\w+|sex work\w*|child porn\w*|sexting|sexual favou?rs?",
    r"gang[- ]?(?:member|affiliat\w+|nominal)|gangsters?",
    r"(?:child|young|juvenile|youth) (?:perpetrators?|offenders?|criminals?|suspects?)",
    r"(?:child|young person|girl|boy|she|he|they) (?:alleg|claim|admit|confess)(?:s|es|ed|ted)",
    r"so[- ]called|apparently|supposedly|not credible|unreliable witness|liar|lying",
    r"known to (?:the )?police|known to services",
    r"(?:troubled|problem|damaged|challenging|aggressive|violent) (?:child|girl|boy|young person|behaviou?r)",
    r"(?:low|medium|standard|high)[- ]risk (?:child|girl|boy|young person|children)",
    r"because of (?:his|her|their) (?:own )?vulnerabilit(?:y|ies)|modern slaves?\b|service users?",
]


def blaming_words(text: str) -> list[str]:
    """What a text says that it should not.

    >>> blaming_words("Services have been hard to reach for him; he is no young offender")
    ['hard to reach', 'young offender']
    """
    return [found.group(0) for pattern in BLAMING for found in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE)]
