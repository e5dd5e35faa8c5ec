// Write rows as a CSV file that a spreadsheet does not evaluate.

const saveCsv = (name, lines) => {
  const text = lines.map((line) => line.map(csvField).join(",")).join("\r\n");
  const url = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
  make("a", { href: url, download: `iamsql-${name}-${RUN}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};

// The patterns are those of iamsql/escaping.py: a spreadsheet would evaluate such a text as a formula.
const csvField = (value) => {
  if (value === null) return "";
  let text = String(value);
  if (typeof value === "string" && FORMULA.sign.test(text) && !FORMULA.number.test(text)) {
    text = text.replace(FORMULA.part, (_, start = "", lead = "", other = "", rest = "") => `${start}${other}'${lead}${rest}`);
  }
  return /[",\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
};
