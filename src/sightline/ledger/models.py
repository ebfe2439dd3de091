"""The ledger: what was received, what was published, who did what. Facts are added; only a return's state and the pointers move.

Nothing here holds a personal value: rows of returns lie in the object store, under the hashes that the ledger keeps.
"""

# mypy: disable-error-code="import-untyped"
# mypy reads the models of every installed app with this module, and allauth's have no types.
from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from sightline.ledger import (  # noqa: F401 - where Django finds models
    access_models,
    agreement_models,
    bundle_models,
    erasure_models,
    output_models,
    quarantine_models,
    register_models,
    subject_models,
    sum_models,
    token_key_models,
)
from sightline.ledger.append_only import AppendOnly
from sightline.ledger.states import State
from sightline.model.overrides import OverrideKind
from sightline.model.reviews import ReviewDecision, ReviewReason


class Role(models.TextChoices):
    """What a person does in the partnership; pages decide by it."""

    STRATEGIC_LEAD = "strategic_lead", "Strategic lead"
    ANALYST = "analyst", "Analyst"
    AGENCY_DATA_OFFICER = "agency_data_officer", "Agency data officer"
    PRACTITIONER = "practitioner", "Practitioner"
    DATA_PROTECTION_OFFICER = "data_protection_officer", "Data protection officer"
    ADMINISTRATOR = "administrator", "Administrator"
    ELECTED_MEMBER = "elected_member", "Elected member"
    CHECKER = "checker", "Checker"


class ObjectKind(models.TextChoices):
    """What an object of a return is."""

    RAW = "raw", "File as received"
    TABLE = "table", "Rows in the common model"


class User(AbstractUser):
    """A person who signs in, with one role and (mostly) one agency."""

    role = models.CharField(max_length=32, choices=Role)
    agency = models.CharField(max_length=64, blank=True)
    session_epoch = models.PositiveIntegerField(default=0)
    """Counted up to end every session of this person at once, as a new password does."""
    is_invented = models.BooleanField(default=False)
    """A person of the demo, for whom a code may be asked on the command line."""
    role_until = models.DateField(null=True)  # the last day of what they do here; empty: none was named
    trained_until = models.DateField(null=True)  # the last day on which their training is in date; empty: none was named

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        salt = f"sightline.ledger.models.User.{self.session_epoch}"
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()


class ReturnVersion(models.Model):
    """One version of what one agency sent for one dataset and period. Only its state and the two moments that go with it ever move.

    It holds from ``accepted_at`` (included) until ``closed_at`` (excluded): that pair is what *as at* an instant asks.
    """

    id = models.CharField(primary_key=True, max_length=32)
    agency = models.CharField(max_length=64)
    dataset = models.CharField(max_length=64)
    period = models.CharField(max_length=7)
    period_from = models.DateField()
    period_to = models.DateField()
    version = models.PositiveIntegerField()
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    state = models.CharField(max_length=16, choices=State)
    idempotency_key = models.CharField(max_length=64, unique=True)
    content_sha256 = models.CharField(max_length=64)
    mapping_version = models.CharField(max_length=200)
    agreement_version = models.CharField(max_length=200, null=True)  # noqa: DJ001 - empty means "no agreement", null "not asked"
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    submitted_by = models.CharField(max_length=150)
    rows_read = models.PositiveBigIntegerField()
    rows_kept = models.PositiveBigIntegerField()
    findings = models.JSONField(default=list)
    not_checked = models.JSONField(default=list)
    mapped_fields = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["agency", "dataset", "period", "version"], name="one_return_for_each_version"),
            models.UniqueConstraint(
                fields=["agency", "dataset", "period"], condition=models.Q(state=State.ACCEPTED), name="one_accepted_version_at_a_time"
            ),
        )
        indexes = (models.Index(fields=["accepted_at", "closed_at"], name="return_as_at"),)

    def __str__(self) -> str:
        return f"{self.agency} {self.dataset} {self.period} version {self.version}"


class ReturnObject(AppendOnly):
    """One object of a return: a file as it came, or its rows in one entity of the common model."""

    return_version = models.ForeignKey(ReturnVersion, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=8, choices=ObjectKind)
    entity = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    rows = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.entity or self.file_name}"


class Generation(AppendOnly):
    """An ordered set of accepted returns, published together. ``context`` names the objects of geography and definitions it used."""

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    context = models.JSONField(default=dict)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"G{self.number}-{self.digest[:12]}"


class GenerationReturn(AppendOnly):
    """One return's place in a generation."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="members")
    return_version = models.ForeignKey(ReturnVersion, on_delete=models.PROTECT, related_name="generations")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["generation", "position"], name="one_return_at_each_position"),)
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.generation_id}:{self.position}"


class CurrentGeneration(models.Model):
    """The one row that says which generation is current."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_current_generation"),)

    def __str__(self) -> str:
        return str(self.generation)


class Linkage(AppendOnly):
    """People linked over one generation; the latest row of a generation holds.

    All but the summary are digests of objects; made before pairs or events were kept, those are empty.
    """

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="linkages")
    links = models.CharField(max_length=64)
    pairs = models.CharField(max_length=64, blank=True)
    people = models.CharField(max_length=64)
    events = models.CharField(max_length=64, blank=True)
    gone = models.CharField(max_length=64, blank=True)
    places = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"linkage of {self.generation_id}"


class LinkUndo(AppendOnly):
    """A steward undid what an event of a linkage tells; it is carried out by the linkage that follows ``after``."""

    linkage = models.ForeignKey(Linkage, on_delete=models.PROTECT, related_name="undone")
    event = models.PositiveBigIntegerField()
    after = models.ForeignKey(Linkage, on_delete=models.PROTECT, related_name="undoes")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"undo of {self.linkage_id}-{self.event}"


class LinkOverride(AppendOnly):
    """What a steward decided about two identities; it is in force until a withdrawal of it stands beside it. ``left`` comes first."""

    left = models.CharField(max_length=64, db_index=True)
    right = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.name) for kind in OverrideKind])
    reason = models.TextField()
    undo = models.ForeignKey(LinkUndo, null=True, on_delete=models.PROTECT, related_name="overrides")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(left__lt=models.F("right")), name="override_of_two_identities_in_order"),)

    def __str__(self) -> str:
        return f"override {self.pk}"


class LinkOverrideWithdrawal(AppendOnly):
    """A steward took an override back; ``after`` is the newest linkage then, which still followed it."""

    override = models.OneToOneField(LinkOverride, on_delete=models.PROTECT, related_name="withdrawal")
    after = models.ForeignKey(Linkage, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"withdrawal of override {self.override_id}"


class LinkReview(AppendOnly):
    """A set of pairs drawn from one linkage for people to decide on. ``population`` is how many pairs it was drawn from."""

    linkage = models.ForeignKey(Linkage, on_delete=models.PROTECT, related_name="reviews")
    purpose = models.TextField()
    model = models.CharField(max_length=64)
    cut = models.FloatField()
    population = models.PositiveBigIntegerField()
    seed = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"link review {self.pk}"


class LinkReviewPair(AppendOnly):
    """One pair of a set, as the linkage saw it; ``population`` is the size of its stratum, ``linked`` whether it was one person then."""

    review = models.ForeignKey(LinkReview, on_delete=models.PROTECT, related_name="pairs")
    position = models.PositiveIntegerField()
    left = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    left_agency = models.CharField(max_length=64)
    right_agency = models.CharField(max_length=64)
    stratum = models.CharField(max_length=200)
    population = models.PositiveBigIntegerField()
    weight = models.FloatField()
    matters = models.BooleanField()
    linked = models.BooleanField()
    probability = models.FloatField()
    pattern = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["review", "position"], name="one_pair_at_each_position_of_a_review"),
            models.UniqueConstraint(fields=["review", "left", "right"], name="each_pair_once_in_a_review"),
        )
        ordering = ("review", "position")

    def __str__(self) -> str:
        return f"pair {self.position} of link review {self.review_id}"


class LinkReviewDecision(AppendOnly):
    """What one reviewer decided about a pair; it holds unless an undo stands beside it."""

    pair = models.ForeignKey(LinkReviewPair, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=16, choices=[(each.value, each.name) for each in ReviewDecision])
    reason = models.CharField(max_length=16, choices=[(each.value, each.name) for each in ReviewReason])
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"decision {self.pk}"


class LinkReviewUndo(AppendOnly):
    """A reviewer took the own decision back before anybody else had decided."""

    decision = models.OneToOneField(LinkReviewDecision, on_delete=models.PROTECT, related_name="undo")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"undo of decision {self.decision_id}"


class LinkReviewOutcome(AppendOnly):
    """A steward made an override of what reviewers agreed on about a pair."""

    pair = models.ForeignKey(LinkReviewPair, on_delete=models.PROTECT, related_name="outcomes")
    override = models.OneToOneField(LinkOverride, on_delete=models.PROTECT, related_name="reviewed")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"outcome of pair {self.pair_id}"


class LinkCalibration(AppendOnly):
    """A curve from a linkage model's probabilities to calibrated ones; the newest of a model holds.

    ``reviews`` are the numbers of the review sets it was fitted to, ``decided`` how many pairs of theirs, ``evidence`` the digest of the
    table of those pairs (probability, decision, weight; nobody's id).
    """

    model = models.CharField(max_length=64, db_index=True)
    curve = models.JSONField()
    reviews = models.JSONField(default=list)
    decided = models.PositiveIntegerField()
    evidence = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"calibration {self.pk} of {self.model}"


class ReleaseRecord(models.Model):
    """A release made from a generation. Its document is the object ``digest``; only withdrawal is ever added to this row."""

    number = models.PositiveIntegerField(primary_key=True)
    period = models.CharField(max_length=7)
    digest = models.CharField(max_length=64)
    attachments = models.JSONField(default=dict)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="releases")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"release {self.number}"


class ProfileSignOff(AppendOnly):
    """A protection lead agreed to one version of a protection profile; another wording of it needs another sign-off."""

    profile = models.CharField(max_length=64, db_index=True)
    version = models.CharField(max_length=16)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"sign-off of profile {self.profile} {self.version}"


class ProtectedTableRecord(AppendOnly):
    """A table that was published under a protection profile.

    Digests of objects: ``digest`` of what was given out, ``released`` of every number with the interval it implies, ``truth`` of the true
    atoms, which later tables are audited with and nobody is shown.
    """

    number = models.PositiveIntegerField(primary_key=True)
    profile = models.CharField(max_length=64)
    profile_version = models.CharField(max_length=16)
    indicator = models.CharField(max_length=100)
    period = models.CharField(max_length=7)
    breakdowns = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    released = models.CharField(max_length=64)
    truth = models.CharField(max_length=64)
    counted_from = models.CharField(max_length=300)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="tables")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"table {self.number}"


class ReleaseChecklist(AppendOnly):
    """What a motivated intruder was imagined to try on a release or a table: what was tested, what people answered, who signed.

    ``subject`` is "release 3" or "table 2"; ``digest`` the checklist as an object. The newest of a subject holds.
    """

    subject = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64)
    is_signed = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"checklist {self.pk} of {self.subject}"


class AreaPartition(AppendOnly):
    """Which wards are shown as one area, for a family of indicators; made once, and the same for every later release."""

    family = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"areas of {self.family}"


class AuditEvent(AppendOnly):
    """Who did what to what, when; each event carries the hash of the one before it, so a missing or altered one shows."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    object = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = (
            # What one person did, and what is no read, are asked for among a million.
            models.Index(fields=["actor", "seq"], name="audit_by_person"),
            models.Index(fields=["action", "seq"], name="audit_by_action"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.object}"


class AuditHead(models.Model):
    """The one row that every writing transaction locks first: the end of the audit chain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_audit_head"),)

    def __str__(self) -> str:
        return str(self.seq)
