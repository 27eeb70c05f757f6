// The theme on a page that does nothing else.

import { switchTheme } from "./theme.js";

document.querySelector("[data-theme-switch]")?.addEventListener("click", switchTheme);
