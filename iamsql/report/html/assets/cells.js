// Make elements. Values only become text, never markup.

const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = visible(value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};

// Control and format characters, which could reorder or hide text, are shown as escapes.
const visible = (value) =>
  String(value).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, (char) => {
    const code = char.codePointAt(0).toString(16);
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
  });

const numbers = new Intl.NumberFormat(document.documentElement.lang);
const count = (value) => numbers.format(value);
const capital = (text, column) => (column && !["word", "term", "family"].includes(column.kind) ? text : text.slice(0, 1).toUpperCase() + text.slice(1));
const phrase = (key, values = {}) => PHRASES[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Return a value as text. An unknown value is a word, because an empty cell looks like "none".
const asText = (column, value) => {
  if (isUnknown(column, value)) return PHRASES.unknown;
  if (value === null) return "";
  if (value === true || value === false) return PHRASES[value ? "yes" : "no"];
  if (column.kind === "word" || column.kind === "term") return PHRASES[`word.${value}`] ?? value;
  if (column.kind === "family") return PHRASES[`family.${value}`] ?? value;
  if (column.kind === "number") return count(value);
  return String(value);
};

const isUnknown = (column, value) => column.unknown && (value === null || value === "unknown");

const cellOf = (column, value) => {
  const text = asText(column, value);
  if (isUnknown(column, value)) return make("span", { class: "badge unknown", text });
  if (column.kind === "word" && value !== null) return make("span", { class: `badge ${String(value).replaceAll(" ", "_")}`, text });
  if (column.kind === "account") return accountCell(text);
  if (column.key === "remediation") return make("code", { text });
  if (column.kind === "text" && text.startsWith("arn:")) return make("span", { text: text.split(":").slice(5).join(":") || text });
  if (column.kind === "control") return make("span", { text: CONTROLS[value]?.title ?? text });
  return make("span", { text });
};

const accountCell = (text) => {
  const [, name, id] = text.match(/^(?:(.*) )?(\d{12})?$/s) ?? [null, text, ""];
  return make("span", { class: "account" }, make("span", { class: "name", text: name ?? "" }), make("span", { class: "id", text: id ?? "" }));
};

// Fill in a command as iamsql/catalog/remediation.py does: a value stays one word of a POSIX shell, and never becomes an option.
const fillIn = (command, values) =>
  command.replace(/(--[a-z][a-z0-9-]* | )?\{([a-z_][a-z0-9_]*)(:name)?\}/g, (_, before = "", column, name) => {
    const value = valueOf(values, column);
    const whole = value === null || value === undefined ? "" : String(value);
    const text = name ? whole.split(/[/:]/).at(-1) : whole;
    if (text === "" || REFUSED.test(text) || (before === " " && text.startsWith("-"))) return before + column.toUpperCase();
    return (before && text.startsWith("-") ? `${before.trimEnd()}=` : before) + quote(text);
  });

// The partition is that of the resource, unless a column has it.
const valueOf = (values, column) => {
  const value = Object.hasOwn(values, column) ? values[column] : null;
  return column === "partition" ? value ?? String(values.resource).match(/^arn:(aws[a-z-]*):/)?.[1] : value;
};

const REFUSED = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^(?:file|fileb|http|https):\/\//i;
const quote = (text) => (/^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
