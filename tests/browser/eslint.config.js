import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { globals: globals.node },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    files: ["browser.js", "page/**", "test/**"],
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
  },
];
