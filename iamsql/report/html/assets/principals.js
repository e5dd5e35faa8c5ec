// The page of a user or role: a dialog with its own address. A name elsewhere on the page leads to it.

const PRINCIPALS = { arns: new Map(), names: new Map(), rows: null };

// `table` has the rows of principal_report, by principal.
const readPrincipals = (table, data) => {
  if (!table.columns.length) return;
  const rows = (PRINCIPALS.rows = new Rows(table, data.accounts, CONTROLS));
  const arns = rows.byKey.get("principal");
  for (let row = 0; row < rows.length; row += 1) {
    const arn = arns.value(row);
    if (PRINCIPALS.arns.has(arn)) PRINCIPALS.arns.get(arn).push(row);
    else PRINCIPALS.arns.set(arn, [row]);
  }
  for (const arn of PRINCIPALS.arns.keys()) {
    const [, , , , account, ...path] = arn.split(":");
    const parts = path.join(":").split("/");
    PRINCIPALS.names.set(`${account} ${parts[0]} ${parts.at(-1)}`, arn);
  }
};

const SESSION = /^arn:[^:]+:sts::(\d*):assumed-role\/([^/]+)\//;

// Return the ARN of the user or role that a cell names, if the page has its rows; `of` returns another value of the row.
const principalOf = (table, column, value, of) => {
  if (!PRINCIPALS.arns.size || typeof value !== "string") return undefined;
  const id = ACCOUNTS[of("account")]?.id;
  const named = (kind, name) => PRINCIPALS.names.get(`${id} ${kind} ${name}`);
  if (PRINCIPALS.arns.has(value)) return value;
  const session = value.match(SESSION);
  if (session) return PRINCIPALS.names.get(`${session[1]} role ${session[2]}`);
  if (column.key === "user_name") return named("user", value);
  if (column.key === "name" && table === "principal-risks") return named(of("kind"), value);
  if (column.key === "name" && table === "findings") {
    const resource = of("resource");
    return PRINCIPALS.arns.has(resource) ? resource : undefined;
  }
  return undefined;
};

const principalAddress = (arn) => `#${new URLSearchParams({ principal: arn })}`;

const linked = (element, arn) => (arn ? make("a", { class: "principal", href: principalAddress(arn) }, element) : element);

// Show what a user or role is, may do and did, and its findings.
const showPrincipal = (arn, findings) => {
  const [, , , , account, ...path] = arn.split(":");
  const parts = [make("p", { class: "about", text: arn })];
  const sections = groupBySection(rowsOfPrincipal(arn));
  const alarms = findings ? findingsOf(arn, findings) : [];
  if (!sections.size && !alarms.length) parts.push(make("p", { text: PHRASES.no_principal }));
  if (alarms.length) parts.push(make("h3", { text: PHRASES.principal_findings }), make("ul", { class: "plain" }, ...alarms));
  for (const [section, rows] of sections) {
    const entries = rows.flatMap(({ item, value, detail }) => [
      make("dt", { text: item ?? "" }),
      make("dd", {}, make("span", { text: [value, detail].filter((text) => text !== null && text !== "").join(" \u00b7 ") })),
    ]);
    parts.push(make("h3", { text: capital(PHRASES[`section.${section}`] ?? section.replaceAll("_", " ")) }), make("dl", {}, ...entries));
  }
  parts.push(make("p", {}, `${PHRASES.principal_more} `, make("code", { text: `iamsql query principal_report --arg principal=${quote(arn)}` })));
  openDialog(path.join(":"), parts, { principal: arn });
};

const rowsOfPrincipal = (arn) =>
  (PRINCIPALS.arns.get(arn) ?? []).map((row) => Object.fromEntries(PRINCIPALS.rows.columns.map((column) => [column.key, column.value(row)])));

const groupBySection = (rows) => {
  const groups = new Map();
  for (const row of rows) groups.set(row.section, [...(groups.get(row.section) ?? []), row]);
  return groups;
};

// Return the findings whose resource is the principal, as links.
const findingsOf = (arn, findings) => {
  const found = [];
  const resources = findings.rows.byKey.get("resource");
  for (let row = 0; row < findings.rows.length; row += 1) {
    if (resources.value(row) !== arn) continue;
    const values = findings.values(row);
    const badges = ["severity", "status"].map((key) => cellOf(findings.rows.byKey.get(key), values[key]));
    const href = `#${new URLSearchParams({ finding: findingKey(values) })}`;
    found.push(make("li", {}, badges[0], " ", badges[1], " ", make("a", { href, text: CONTROLS[values.control]?.title ?? values.control }), " ", make("span", { text: values.reason ?? "" })));
  }
  return found;
};
