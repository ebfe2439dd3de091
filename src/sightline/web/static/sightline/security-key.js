// Asks a security key, where the browser and the address allow it; otherwise the page keeps saying what to use instead.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function readable(options) {
  const named = (each) => ({ ...each, id: toBytes(each.id) });
  const made = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: toBytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) if (options[list]) made[list] = options[list].map(named);
  return made;
}

function sendable(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: toText(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature"]) if (response[part]) answer[part] = toText(response[part]);
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
}

for (const form of document.querySelectorAll("form[data-security-key]")) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  for (const each of document.querySelectorAll("[data-security-key-missing]")) each.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[data-security-key-problem]");
    problem.hidden = true;
    try {
      const publicKey = readable(JSON.parse(form.dataset.options).publicKey);
      const ask = form.dataset.securityKey === "create" ? "create" : "get";
      const credential = await navigator.credentials[ask]({ publicKey });
      form.elements.credential.value = JSON.stringify(sendable(credential));
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
