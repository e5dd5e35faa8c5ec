// A dialog over the page: one row with all its values, what the control means, and the commands that resolve the finding.

const dialog = () => document.getElementById("details");

// The parameters of the address that open a dialog.
const DIALOGS = ["finding", "principal"];

const openDialog = (title, parts, state) => {
  const box = dialog();
  box.querySelector("h2").textContent = visible(title);
  box.querySelector(".body").replaceChildren(...parts);
  const link = box.querySelector(".link");
  link.hidden = !state;
  address.write((current) => {
    for (const key of DIALOGS) current.delete(key);
    for (const [key, value] of Object.entries(state ?? {})) current.set(key, value);
  });
  if (state) link.href = `#${new URLSearchParams(state)}`;
  if (!box.open) box.showModal();
  box.scrollTop = 0;
};

const findingKey = (values) => [values.control, values.account, values.region, values.resource, values.ident].map((part) => part ?? "").join("~");

const showDetails = (table, row) => {
  const values = table.values(row);
  const control = CONTROLS[values.control];
  const parts = control ? aboutControl(values.control, control) : [];
  const isShown = (column) => !column.internal && (column.unknown || (values[column.key] !== null && values[column.key] !== ""));
  const entries = table.rows.columns.filter(isShown).flatMap((column) => [
    make("dt", { text: column.label }),
    make("dd", {}, linked(
      column.kind === "text" ? make("span", { text: asText(column, values[column.key]) }) : cellOf(column, values[column.key]),
      principalOf(table.id, column, values[column.key], (key) => values[key]),
    )),
  ]);
  const more = Object.entries(dimensions(values)).filter(([, value]) => value !== null && !Object.values(values).includes(value));
  entries.push(...more.flatMap(([key, value]) => [
    make("dt", { text: PHRASES[`column.${key}`] ?? capital(key.replaceAll("_", " ")) }), make("dd", {}, make("span", { text: asWords(value) })),
  ]));
  parts.push(make("dl", {}, ...entries));
  const fixes = { alarm: control?.fixes, error: control?.collect }[values.status];
  if (fixes?.length) parts.push(...remediation(fixes, { ...control?.parameters, ...dimensions(values), ...values, account_id: ACCOUNTS[values.account]?.id }));
  const title = control?.title ?? asText(table.rows.columns[0], values[table.rows.columns[0].key]);
  openDialog(title, parts, values.control ? { finding: findingKey(values) } : null);
};

// What a control means, with links to it on this page and in the documentation.
const aboutControl = (name, control) => {
  const links = [make("a", { href: `#${new URLSearchParams({ control: name })}`, text: control.number ? `${control.number} ${name}` : name })];
  if (control.page) links.push(" ", make("a", { href: control.page, rel: "noreferrer", text: PHRASES.documentation }));
  const about = make("p", { class: "about" });
  for (const node of control.markup.childNodes) about.append(node.cloneNode(true));
  return [about, make("p", { class: "links" }, ...links)];
};

// The further columns of a control, in which [0] stands for the last part of the resource and [1] for the identifier of the row.
const dimensions = (values) => {
  if (!values.dimensions) return {};
  const entries = Object.entries(JSON.parse(values.dimensions));
  const repeated = [values.resource.match(/[^/:]*$/)[0], values.ident];
  return Object.fromEntries(entries.map(([key, value]) => [key, Array.isArray(value) ? repeated[value[0]] : value]));
};

const asWords = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

const remediation = (fixes, values) => {
  const text = fixes.map((fix) => fillIn(fix, values)).join("\n");
  const code = make("code");
  code.textContent = text.split("\n").map(visible).join("\n");
  return [make("h3", { text: PHRASES.remediation }), make("pre", { tabindex: 0 }, code), copyButton(code, text)];
};

const copyButton = (code, text = code.textContent) => {
  const copy = make("button", { type: "button", text: PHRASES.copy, onclick: () => copyText(text, copy, code) });
  return copy;
};

const copyText = async (text, button, code) => {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = PHRASES.copied;
  } catch {
    // Some browsers refuse the clipboard to files: select the commands instead.
    getSelection().selectAllChildren(code);
  }
};

// Open the dialog, or the control, that the address names.
const setUpDetails = (tables) => {
  const box = dialog();
  // A link leads to the page behind, unless it opens another dialog.
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !opensDialog(link)) box.close();
  });
  box.querySelector(".close").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => event.target === box && box.close());
  // Not the dialog of an address to which a link just led.
  box.addEventListener("close", () => address.write((state) => DIALOGS.forEach((key) => state.delete(key))));
  const findings = tables.get("findings");
  const open = () => {
    const state = address.read();
    if (state.get("principal")) showPrincipal(state.get("principal"), findings);
    else if (state.get("finding") && findings) openFinding(findings, state.get("finding"));
    else if (state.get("control")) showControl(state.get("control"));
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || !opensDialog(link) || link.classList.contains("link") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault(); // the address keeps the filters of the tables
    address.write((state) => {
      for (const key of DIALOGS) state.delete(key);
      for (const [key, value] of new URLSearchParams(link.getAttribute("href").slice(1))) state.set(key, value);
    });
    open();
  });
  open();
};

const opensDialog = (link) => DIALOGS.some((key) => link.getAttribute("href").startsWith(`#${key}=`));

const openFinding = (findings, key) => {
  const control = key.split("~")[0];
  const controls = findings.rows.byKey.get("control");
  const row = findings.find((position) => controls.value(position) === control && findingKey(findings.values(position)) === key);
  if (row >= 0) showDetails(findings, row);
  else document.getElementById("notice").textContent = PHRASES.no_finding;
};
