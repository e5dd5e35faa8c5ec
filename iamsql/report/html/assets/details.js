// Show one row with all its values, what the control means, and the commands that resolve the finding.

const dialog = () => document.getElementById("details");

const findingKey = (values) => [values.control, values.account, values.region, values.resource, values.ident].map((part) => part ?? "").join("~");

const showDetails = (table, row) => {
  const values = table.values(row);
  const box = dialog();
  const body = box.querySelector(".body");
  const control = CONTROLS[values.control];
  const parts = [];
  if (control) parts.push(...control.about.split("\n\n").map((text) => make("p", { class: "about", text })));
  const entries = table.rows.columns.filter((column) => !column.internal).flatMap((column) => [
    make("dt", { text: column.label }),
    make("dd", {}, linked(
      column.kind === "text" ? make("span", { text: asText(column, values[column.key]) }) : cellOf(column, values[column.key]),
      principalOf(table.id, column, values[column.key], (key) => values[key]),
    )),
  ]);
  const more = Object.entries(dimensions(values)).filter(([, value]) => value !== null && !Object.values(values).includes(value));
  entries.push(...more.flatMap(([key, value]) => [make("dt", { text: PHRASES[`column.${key}`] ?? key.replaceAll("_", " ") }), make("dd", {}, make("span", { text: asWords(value) }))]));
  parts.push(make("dl", {}, ...entries));
  const fixes = { alarm: control?.fixes, error: control?.collect }[values.status];
  if (fixes?.length) parts.push(...remediation(fixes, { ...control?.parameters, ...dimensions(values), ...values, account_id: ACCOUNTS[values.account]?.id }));
  box.querySelector("h2").textContent = visible(control?.title ?? asText(table.rows.columns[0], values[table.rows.columns[0].key]));
  body.replaceChildren(...parts);
  const link = box.querySelector(".link");
  link.hidden = !values.control;
  if (values.control) {
    const state = new URLSearchParams({ finding: findingKey(values) });
    link.href = `#${state}`;
    address.write((current) => current.set("finding", findingKey(values)));
  }
  if (!box.open) box.showModal();
  box.scrollTop = 0;
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
  const copy = make("button", { type: "button", text: PHRASES.copy, onclick: () => copyText(text, copy) });
  return [make("h3", { text: PHRASES.remediation }), make("pre", { tabindex: 0 }, code), copy];
};

const copyText = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = PHRASES.copied;
  } catch {
    // Some browsers refuse the clipboard to files: select the commands instead.
    getSelection().selectAllChildren(button.previousElementSibling);
  }
};

const setUpDetails = (tables) => {
  const box = dialog();
  // A link to a user or role leads to a table of the page behind.
  box.addEventListener("click", (event) => event.target.closest("a.principal") && box.close());
  box.querySelector(".close").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("close", () => address.write((state) => state.delete("finding")));
  const open = () => {
    const key = address.read().get("finding");
    const findings = tables.get("findings");
    if (!key || !findings) return;
    const control = key.split("~")[0];
    const controls = findings.rows.byKey.get("control");
    const row = findings.find((position) => controls.value(position) === control && findingKey(findings.values(position)) === key);
    if (row >= 0) showDetails(findings, row);
    else document.getElementById("notice").textContent = PHRASES.no_finding;
  };
  addEventListener("hashchange", open);
  open();
};
