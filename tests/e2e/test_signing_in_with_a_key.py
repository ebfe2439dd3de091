"""A security key in a real browser: Chromium's own virtual key, so that the script, the browser and the server are tried together."""

from __future__ import annotations

from playwright.sync_api import expect

from sightline.app.roles import Role


def test_a_key_is_added_and_signs_in_afterwards(browse, django_user_model):
    django_user_model.objects.create_user("kim", password="a long enough password", role=Role.ANALYST)
    page = browse("/sign-in", signed_in=False)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})

    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    page.get_by_role("button", name="Add a security key").click()
    page.get_by_label("What you call it").fill("blue key")
    page.get_by_role("button", name="Ask the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.get_by_role("button", name="Sign out").click()

    give_password(page)
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Confirm that it is you")
    page.goto("/account")
    expect(page.get_by_role("rowheader", name="blue key")).to_be_visible()


def give_password(page):
    page.get_by_label("Sign-in name").fill("kim")
    page.locator("#id_password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
