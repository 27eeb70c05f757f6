// How this page's language writes days; as the server does (serai.web.look.formats).

const language = document.documentElement.lang;
const order = language === "en" ? "en-GB" : language; // a day, then its month

export function writer(parts) {
  const format = new Intl.DateTimeFormat(order, { ...parts, timeZone: "UTC" });
  return (day) => format.format(typeof day === "string" ? new Date(day) : day).replace(",", "");
}
