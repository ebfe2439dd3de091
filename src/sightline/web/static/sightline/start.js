// Tells the style sheet that scripts run. Loaded first in <body>, so that nothing moves after it was drawn.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
