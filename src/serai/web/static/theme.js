// Light, dark, or as the machine says. The server reads the cookie, so that no page flashes.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const root = document.documentElement;

export function switchTheme() {
  const theme = NEXT[root.dataset.theme] ?? "auto";
  root.dataset.theme = theme;
  document.cookie = `serai_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  announce();
}

// Colours are looked up by an element that wears them: `light-dark()` has no value of its own.
export function colour(name, element = document.body) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function announce() {
  document.dispatchEvent(new Event("theme"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
