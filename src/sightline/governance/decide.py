"""The one decision: may this person or body do this, with these fields of this agency's dataset, for this purpose, now?

Pure and closed: without an agreement in force that says yes, the answer is no. Agreements only ever add to one another, so another one
never takes access away; a later version of the same agreement stands in its place, and may. Whoever asks for fewer fields, or for a lower
tier, is never refused what the greater request was given. `docs/explanation/agreements.md` says every rule in words.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sightline.definitions.agreements import PARTNERSHIP, AgreedDataset
from sightline.governance.decisions import (
    Action,
    Allow,
    Deny,
    Kind,
    Obligation,
    Principal,
    Reason,
    Resource,
    finest,
    is_within,
)
from sightline.governance.one_person import of_subject
from sightline.governance.standing import Standing, local_day, newest_of_each
from sightline.model.agreements import Onward, Status, Step, Tier

_NEARNESS = (Status.IN_FORCE, Status.SUSPENDED, Status.AGREED, Status.EXPIRED, Status.DRAFT, Status.WITHDRAWN)
"""The status from which least is to be mended comes first."""


def decide(  # noqa: PLR0917 - one question, always asked whole
    principal: Principal,
    action: Action,
    resource: Resource,
    purpose: str,
    tier: Tier,
    fields: Collection[str],
    at: datetime,
    agreements: Collection[Standing],
) -> Allow | Deny:
    """Decide on one use of one agency's dataset.

    Handing in a return is asked only whether the dataset, its period and its detail are agreed: for what it may be used, and up to which
    tier, is asked at each use.

    Args:
        principal: Who asks.
        action: What is to be done.
        resource: Which dataset, about which days, in what detail.
        purpose: Why; one of the catalogue's purposes.
        tier: For whom the result is.
        fields: Columns of the common model that it needs, ``entity.column``; none asks whether anything may be used at all.
        at: The instant that counts; it knows its zone.
        agreements: Every version of every agreement, in any order.

    Returns:
        Allow with what has to be kept to, or Deny with every reason.
    """
    who = _of_who_asks(principal, action, tier, at) or of_subject(principal, action, resource, fields, at)
    if who:
        return Deny(who)
    about = [each for each in newest_of_each(agreements, at) if (resource.agency, resource.dataset) in each.terms.by_dataset]
    against = {each.name: _reasons(each, principal, action, resource, purpose=purpose, tier=tier, at=at) for each in about}
    covering = [each for each in about if not against[each.name]]
    if not covering:
        return Deny(_in_order(about, against, at) or (_nothing_agreed(resource),))
    terms = tuple(each.terms.by_dataset[resource.agency, resource.dataset] for each in covering)
    singly = frozenset[str]().union(*(each.single_fields for each in terms))
    wholly = frozenset[str]().union(*(each.whole_entities for each in terms))
    unlisted = sorted(name for name in fields if name not in singly and name.partition(".")[0] not in wholly)
    if unlisted:
        return Deny(tuple(_unlisted(name, covering) for name in unlisted))
    return Allow(tuple(each.name for each in covering), _obligations(covering, terms, action, tier), terms)


def _of_who_asks(principal: Principal, action: Action, tier: Tier, at: datetime) -> tuple[Reason, ...]:
    """What no agreement can mend."""
    if at.utcoffset() is None:
        return (Reason("The instant has no time zone.", "the request", "Ask again with an instant that knows its zone.", "not decided"),)
    if action is Action.SUBMIT:
        return ()
    if principal.ceiling is None:
        return (Reason(f"{principal.name} has no access to data.", "the role", "Ask somebody whose role has it.", "no access"),)
    if tier > principal.ceiling:
        what = f"{principal.name} may see up to the {_word(principal.ceiling)} tier, and this is {_word(tier)}."
        return (Reason(what, "the role", "Ask for figures of a lower tier.", f"beyond the {_word(principal.ceiling)} tier"),)
    return ()


def _reasons(
    each: Standing, principal: Principal, action: Action, resource: Resource, *, purpose: str, tier: Tier, at: datetime
) -> tuple[Reason, ...]:
    """Everything in one agreement that stands in the way."""
    found = [*_of_quarantine(each, {resource.agency, principal.agency}, at), _of_status(each, at), *_of_dataset(each, resource)]
    if action is not Action.SUBMIT:
        found += [_of_purpose(each, purpose), _of_tier(each, tier), _of_recipient(each, principal, action)]
    return tuple(filter(None, found))


def _of_quarantine(each: Standing, agencies: Collection[str], at: datetime) -> list[Reason | None]:
    """Whose data it is and who would have it: with either set apart no agreement helps. It is told before anything of the agreement."""
    return [
        Reason(
            f"{one.agency} was put in quarantine on {local_day(one.at)} by {one.by}: {one.reason}",
            "the quarantine of an agency",
            "It can be ended when the reason is gone.",
            f"in quarantine since {local_day(one.at)}",
        )
        for one in each.quarantines
        if one.agency in agencies and one.holds(at)
    ]


def _of_status(each: Standing, at: datetime) -> Reason | None:
    status = each.status(at)
    if status is Status.IN_FORCE:
        return None
    if status is Status.EXPIRED:
        return _reason(each, f"It ended on {each.terms.end}.", "Agree and sign a new version.", f"agreement ended {each.terms.end}")
    if status is Status.AGREED:
        return _reason(each, f"It begins on {each.terms.start}.", "Wait until then.", f"agreement begins {each.terms.start}")
    if status is Status.DRAFT:
        missing = ", ".join(party for party in each.terms.parties if party not in each.signed_by(at))
        if not missing:
            what = f"Its impact assessment is out of date ({'; '.join(each.widens)})."
            how = "Have a data protection officer sign the new one: `sightline agreements assess`."
            return _reason(each, what, how, "impact assessment not signed")
        return _reason(each, f"Not every party has signed; missing: {missing}.", "Have it signed.", "agreement not signed by all")
    step, how = (
        (Step.SUSPEND, "It can be resumed when the reason is gone.")
        if status is Status.SUSPENDED
        else (Step.WITHDRAW, "Make a new agreement.")
    )
    last, word = each.last(step, at), status.value
    return _reason(
        each, f"It was {word} on {local_day(last.at)} by {last.by}: {last.reason}", how, f"agreement {word} {local_day(last.at)}"
    )


def _of_dataset(each: Standing, resource: Resource) -> list[Reason | None]:
    terms = each.terms.by_dataset[resource.agency, resource.dataset]
    found: list[Reason | None] = []
    if not is_within(resource.mode, terms.mode):
        what = f"It agrees {_plain(terms.mode)} of {resource.agency} {resource.dataset}, and this is {_plain(resource.mode)}."
        found.append(
            _reason(
                each, what, "Prepare it in less detail, or agree more.", f"agreement covers {_plain(terms.mode).removesuffix(' only')} only"
            )
        )
    if (terms.about_from and resource.first < terms.about_from) or (terms.about_to and resource.last > terms.about_to):
        days = f"from {terms.about_from or 'the beginning'} to {terms.about_to or 'its end'}"
        what = f"It is about days {days}, and this is about {resource.first} to {resource.last}."
        found.append(_reason(each, what, "Ask about those days, or agree more.", "agreement does not cover the period"))
    return found


def _of_purpose(each: Standing, purpose: str) -> Reason | None:
    if purpose in each.terms.purposes:
        return None
    what = f"“{_plain(purpose)}” is none of its purposes ({', '.join(map(_plain, each.terms.purposes))})."
    return _reason(each, what, "Ask for one of its purposes, or agree this one.", "agreement does not cover this purpose")


def _of_tier(each: Standing, tier: Tier) -> Reason | None:
    if tier <= each.terms.tier_ceiling:
        return None
    ceiling = _word(each.terms.tier_ceiling)
    what = f"It goes up to the {ceiling} tier, and this is {_word(tier)}."
    return _reason(each, what, "Ask for figures of a lower tier, or agree more.", f"agreement goes up to the {ceiling} tier only")


def _of_recipient(each: Standing, principal: Principal, action: Action) -> Reason | None:
    terms, body = each.terms, principal.agency
    if body in terms.recipients:
        return None
    if PARTNERSHIP in terms.recipients and (body == "" or body in terms.parties):
        return None
    onward = terms.onward_sharing
    if action is Action.SHARE and onward.rule is Onward.LISTED and body in onward.bodies:
        return None
    hows = {
        Onward.NEVER: "It may not be passed on; add the recipient to the agreement.",
        Onward.ASK_OWNER: "Ask the agency that shared it, in writing, and add the recipient to the agreement.",
        Onward.LISTED: "Only the bodies that the agreement lists may receive it; add this one.",
    }
    who = body or "the partnership"
    return _reason(each, f"{who} is no recipient under it.", hows[onward.rule], "agreement does not name this recipient")


def _nothing_agreed(resource: Resource) -> Reason:
    return Reason(
        f"No agreement covers {resource.dataset} of {resource.agency}.",
        "the registry of agreements",
        "Agree it, then add it: `sightline agreements add FILE.yml`.",
        "no agreement",
    )


def _unlisted(name: str, covering: list[Standing]) -> Reason:
    where = ", ".join(each.name for each in covering)
    return Reason(f"{name} is not among the fields agreed.", where, "Do without it, or agree it in a new version.", "field not agreed")


def _in_order(about: list[Standing], against: dict[str, tuple[Reason, ...]], at: datetime) -> tuple[Reason, ...]:
    """All reasons, of the agreement nearest to allowing first; of two that ended, the one that ended last."""

    def nearest(each: Standing) -> tuple[int, int, str]:
        return _NEARNESS.index(each.status(at)), -each.terms.end.toordinal(), each.name

    return tuple(dict.fromkeys(reason for each in sorted(about, key=nearest) for reason in against[each.name]))


def _obligations(covering: list[Standing], terms: tuple[AgreedDataset, ...], action: Action, tier: Tier) -> tuple[Obligation, ...]:
    found = []
    for each, agreed in zip(covering, terms, strict=True):
        found.append(Obligation(Kind.KEEP_TO_FIELDS, ", ".join(agreed.fields), each.name))
        found.append(Obligation(Kind.RETENTION, each.terms.retention_rule, each.name))
        found.append(Obligation(Kind.ONWARD, each.terms.onward_sharing.rule.value, each.name))
    names = ", ".join(each.name for each in covering)
    for field in sorted({name for each in terms for name in each.precision}):
        limit = finest(terms, field)
        if limit is not None:
            found.append(Obligation(Kind.KEEP_TO_PRECISION, f"{field}: {limit}", names))
    if action is not Action.SUBMIT and tier < Tier.OPERATIONAL:
        found.append(Obligation(Kind.PROTECT_COUNTS, f"only what the disclosure rules release to the {_word(tier)} tier", names))
    return tuple(found)


def _reason(each: Standing, what: str, how: str, short: str) -> Reason:
    return Reason(what, f"{each.terms.title}, {each.name}", how, short)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _word(tier: Tier) -> str:
    return tier.name.lower()
