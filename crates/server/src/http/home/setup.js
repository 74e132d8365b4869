// Registers the admin with the code in the page's address.
const form = document.querySelector("#setup");
const outcome = document.querySelector("#outcome");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const setupCode = new URLSearchParams(location.search).get("setup");
  const account = { ...Object.fromEntries(new FormData(form)), setupCode };
  form.inert = true;
  outcome.textContent = "...";
  try {
    const response = await fetch("/api/auth/register", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(account),
    });
    outcome.textContent = told(await response.json());
  } catch {
    outcome.textContent = "The server does not answer. Try again.";
  }
  form.inert = false;
});

function told({ success, user, error, code, reason }) {
  if (success) return `${user.username} is the server's admin now, and can sign in.`;
  if (code === "invalid_setup_code")
    return `${error}: it is wrong, or was used. A server without an admin prints the one that counts when it starts.`;
  return reason ? `${error}: ${reason}` : error;
}
