// The menu button on narrow screens, and focus on an error summary. Every page works without this.
import { createAll, Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink } from "../govuk-frontend/govuk-frontend.min.js";

for (const component of [Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink]) {
  createAll(component);
}
