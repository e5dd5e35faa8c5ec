// Search over the whole page: controls, findings, users and roles, accounts. The key / leads to it.

const MATCHES = 6; // of each kind

const setUpSearch = (tables) => {
  const input = document.getElementById("search-input");
  const list = document.getElementById("search-results");
  let active = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const select = (index) => {
    const all = options();
    active = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, position) => option.setAttribute("aria-selected", position === active));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", all[active].id);
    all[active]?.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const show = () => {
    const groups = input.value.trim() ? matches(input.value, tables) : [];
    list.replaceChildren(...groups.flatMap(([kind, found]) => resultGroup(kind, found)));
    options().forEach((option, index) => option.setAttribute("id", `search-result-${index}`));
    if (input.value.trim() && !groups.length) list.append(make("p", { text: PHRASES.no_match }));
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    select(0);
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") select(active + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter" && options()[active]) options()[active].click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => event.target.closest("a") && close());
  document.addEventListener("click", (event) => !event.target.closest("#search") && close());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input, select, textarea") || dialog().open) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
};

const resultGroup = (kind, found) => [
  make("p", { class: "kind", text: PHRASES[`search.${kind}`], role: "presentation" }),
  ...found.map(({ href, text, detail }) =>
    make("a", { role: "option", href, tabindex: -1, "aria-selected": "false" }, make("span", { text }), " ", make("small", { text: detail })),
  ),
];

// Return the matches by kind, kinds without a match left out. A match has every word.
const matches = (text, tables) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (...parts) => {
    const all = parts.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const first = (items, make) => items.slice(0, MATCHES).map(make);
  const controls = Object.entries(CONTROLS).filter(([name, control]) => has(name, control.title ?? "", control.number ?? ""));
  const principals = [...PRINCIPALS.arns.keys()].filter((arn) => has(arn));
  const accounts = Object.entries(ACCOUNTS).filter(([label, { ou }]) => has(label, ou ?? ""));
  const findings = tables.get("findings");
  const rows = findings ? [...findings.rows.select({}, text).subarray(0, MATCHES)] : [];
  return [
    ["controls", first(controls, ([name, control]) => ({ href: `#${new URLSearchParams({ control: name })}`, text: control.title ?? name, detail: name }))],
    ["principals", first(principals, (arn) => ({ href: principalAddress(arn), text: arn.split(":").slice(5).join(":"), detail: arn.split(":")[4] }))],
    ["accounts", first(accounts, ([label]) => ({ href: address.link("findings", { account: label }), text: label, detail: "" }))],
    ["findings", first(rows, (row) => foundFinding(findings.values(row)))],
  ].filter(([, found]) => found.length);
};

const foundFinding = (values) => ({
  href: `#${new URLSearchParams({ finding: findingKey(values) })}`,
  text: CONTROLS[values.control]?.title ?? values.control,
  detail: `${values.resource} \u00b7 ${values.account}`,
});
