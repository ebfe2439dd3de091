// Decide on a pair with single keys. The buttons do the same without this; a reader whose software speaks or types single keys
// can switch them off, and that is remembered on this computer. Nothing about anybody is kept.
const STORED = "sightline-review-keys";
const choice = document.querySelector("[data-review-keys]");
const box = choice?.querySelector("input");
const buttons = new Map([...document.querySelectorAll("[data-review-key]")].map((button) => [button.dataset.reviewKey, button]));

/** Show the keys on the buttons, and tell software that reads pages, only while they work. */
function showKeys(on) {
  for (const [key, button] of buttons) {
    button.querySelector("kbd").hidden = !on;
    if (on) {
      button.setAttribute("aria-keyshortcuts", key);
    } else {
      button.removeAttribute("aria-keyshortcuts");
    }
  }
}

function isOn() {
  return !box || box.checked;
}

if (choice) {
  choice.hidden = false;
  box.checked = localStorage.getItem(STORED) !== "off";
  box.addEventListener("change", () => {
    localStorage.setItem(STORED, box.checked ? "on" : "off");
    showKeys(box.checked);
  });
}
showKeys(isOn());

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (!isOn() || typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) {
    return;
  }
  const reasons = document.querySelector("#reason");
  const place = Number.parseInt(event.key, 10);
  if (reasons && place >= 1 && place <= reasons.options.length) {
    reasons.selectedIndex = place - 1;
    event.preventDefault();
    return;
  }
  const button = buttons.get(event.key.toUpperCase());
  if (button) {
    event.preventDefault();
    button.click();
  }
});
