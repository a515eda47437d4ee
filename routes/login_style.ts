/** The login's own small style: it is shown before anybody may see the page, light and dark. */
export const LOGIN_STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --sheet: #fff; --ink: #14181f; --quiet: #596273;
  --line: #c5cbd6; --accent: #0b5cad; --on-accent: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0e1116; --sheet: #171b22; --ink: #e7eaf0; --quiet: #9aa4b5; --line: #3a4250;
    --accent: #7db8f5; --on-accent: #0b1a2b; --bad: #ff9d94; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: min(24rem, 100%); padding: 2rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 0.75rem; }
h1 { margin: 0 0 1.25rem; font-size: 1.25rem; letter-spacing: -0.01em; }
form { display: grid; gap: 0.5rem; }
label { font-weight: 600; }
input { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line);
  border-radius: 0.5rem; padding: 0.6rem 0.75rem; width: 100%; }
input[aria-invalid] { border-color: var(--bad); }
button { font: inherit; font-weight: 600; margin-top: 0.5rem; padding: 0.65rem; border: 0;
  border-radius: 0.5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#wrong { margin: 0; color: var(--bad); }
#hint { margin: 1.25rem 0 0; color: var(--quiet); font-size: 0.875rem; }
`;
