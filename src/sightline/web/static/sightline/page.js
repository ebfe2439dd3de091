// The menu button on narrow screens, focus on an error summary, and the present page in view among those beside it. Every page works
// without this.
import { createAll, Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink } from "../govuk-frontend/govuk-frontend.min.js";

for (const component of [Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink]) {
  createAll(component);
}

const row = document.querySelector(".sl-beside ul");
const present = row?.querySelector("[aria-current]");
if (present) {
  row.scrollLeft = present.offsetLeft - (row.clientWidth - present.offsetWidth) / 2;
}
