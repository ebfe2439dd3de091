"""Every address. Each has a name, and each name stands in `permissions.PAGES`: an address that does not is refused."""

from __future__ import annotations

from django.urls import path

from sightline.web.pages import (
    about,
    account,
    agencies,
    agreements,
    analyses,
    ask,
    attacks,
    audit,
    board_report,
    definitions,
    findings,
    indicator,
    indicator_made,
    indicators,
    link_review,
    links,
    outputs,
    overview,
    places,
    purpose,
    quality,
    releases,
    returns,
    sign_in,
    sign_in_with,
    uses,
)

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("indicators", indicators.indicators, name="indicators"),
    path("indicators/<slug:id>", indicator.indicator, name="indicator"),
    path("indicators/<slug:id>/made", indicator_made.indicator_made, name="indicator_made"),
    path("indicators/<slug:id>/table", ask.ask_table, name="ask_table"),
    path("agencies", agencies.agencies, name="agencies"),
    *(path(each.address, analyses.analyses, {"page": page}, name=page) for page, each in analyses.PAGES.items()),
    path("places", places.places, name="places"),
    path("places/wards.geojson", places.ward_boundaries, name="ward_boundaries"),
    path("places/figures.json", places.ward_figures, name="ward_figures"),
    path("data/returns", returns.returns, name="returns"),
    path("data/returns/<slug:agency>/<slug:dataset>", returns.return_detail, name="return_detail"),
    path("data/returns/<slug:agency>/<slug:dataset>/<slug:period>", findings.return_findings, name="return_findings"),
    path(
        "data/returns/<slug:agency>/<slug:dataset>/<slug:period>/findings.<slug:kind>",
        findings.return_findings_file,
        name="return_findings_file",
    ),
    path("data/agreements", agreements.agreements, name="agreements"),
    path("data/agreements/can-share", agreements.can_share_page, name="can_share"),
    path("data/agreements/<slug:id>", agreements.agreement, name="agreement"),
    path("data/links", links.links, name="links"),
    path("data/links/statement.<str:kind>", links.links_file, name="links_file"),
    path("data/links/review", link_review.link_reviews, name="link_reviews"),
    path("data/links/review/<int:number>", link_review.link_review, name="link_review"),
    path("data/quality", quality.quality, name="quality"),
    path("data/uses", uses.uses, name="uses"),
    path("data/definitions", definitions.definitions, name="definitions"),
    path("releases", releases.releases, name="releases"),
    path("releases/<int:number>", releases.release, name="release"),
    path("releases/<int:number>/attacked", attacks.release_attacked, name="release_attacked"),
    path("releases/<int:number>/board-report.<str:kind>", board_report.board_report_file, name="board_report_file"),
    path("releases/<int:number>/figures.<str:kind>", releases.release_file, name="release_file"),
    path("releases/<int:number>/indicators/<slug:id>.<str:kind>", indicator.indicator_figures_file, name="indicator_file"),
    path("releases/<int:number>/indicators/<slug:id>/table.<str:kind>", ask.ask_table_file, name="ask_table_file"),
    path("releases/<int:number>/tables/<slug:id>.parquet", ask.whole_table_file, name="whole_table_file"),
    *(
        path(
            f"releases/<int:number>/{each.address}/<slug:id>.<str:kind>",
            analyses.analysis_tables_file,
            {"page": page},
            name=f"{page}_file",
        )
        for page, each in analyses.PAGES.items()
    ),
    path("outputs", outputs.outputs, name="outputs"),
    path("outputs/ask", outputs.output_ask, name="output_ask"),
    path("outputs/<int:number>", outputs.output, name="output"),
    path("outputs/<int:number>/file", outputs.output_file, name="output_file"),
    path("audit", audit.audit, name="audit"),
    path("audit/events.<str:kind>", audit.audit_file, name="audit_file"),
    path("about-this-data", about.about_this_data, name="about_this_data"),
    path("accessibility", about.accessibility, name="accessibility"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/code", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/with/<slug:provider_id>", sign_in_with.go, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back", sign_in_with.come_back, name="openid_connect_callback"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("purpose", purpose.purpose, name="purpose"),
    path("account", account.account, name="account"),
    path("account/second-factor", account.second_factor, name="second_factor"),
    path("account/second-factor/app", account.second_factor_app, name="second_factor_app"),
    path("account/second-factor/key", account.second_factor_key, name="second_factor_key"),
    path("account/recovery-codes", account.recovery_codes, name="recovery_codes"),
    path("account/password", account.new_password, name="new_password"),
    path("healthz", about.health, name="health"),
]

handler400 = "sightline.web.pages.problems.not_understood"
handler403 = "sightline.web.pages.problems.forbidden"
handler404 = "sightline.web.pages.problems.not_found"
handler500 = "sightline.web.pages.problems.failed"
