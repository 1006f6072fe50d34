/**
 * Starts the page in the browser.
 *
 * @module
 */

import { render } from "preact";
import { App } from "./_app.tsx";

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
