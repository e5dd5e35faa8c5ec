// Links from the name of a user or role to its rows in the table of users and roles.

const PRINCIPALS = { arns: new Set(), names: new Map() };

const readPrincipals = (table) => {
  const at = table?.columns.findIndex((column) => column.key === "principal") ?? -1;
  if (at < 0) return;
  for (const arn of table.data[at].v) {
    PRINCIPALS.arns.add(arn);
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
  if (table === "principals" && column.key === "principal") return undefined;
  if (PRINCIPALS.arns.has(value)) return value;
  const session = value.match(SESSION);
  if (session) return PRINCIPALS.names.get(`${session[1]} role ${session[2]}`);
  if (column.key === "user_name") return named("user", value);
  if (column.key === "name" && table === "risks") return named(of("kind"), value);
  if (column.key === "name" && table === "findings") {
    const resource = of("resource");
    return PRINCIPALS.arns.has(resource) ? resource : undefined;
  }
  return undefined;
};

const linked = (element, arn) =>
  arn ? make("a", { class: "principal", href: address.link("principals", { principal: arn }) }, element) : element;
