// Drives gdpr-cookie-scanner over one page, in a browser that is there already, and prints what it found as JSON:
// `node scan.mjs URL BROWSER [ARGUMENT…]`. The scanner takes neither a browser nor arguments for it, so they are
// given to the Playwright that it uses; everything else is left as it is.
import { scan } from "@slashgear/gdpr-cookie-scanner";
import { chromium } from "playwright";

const [url, executablePath, ...more] = process.argv.slice(2);
const launch = chromium.launch.bind(chromium);
chromium.launch = ({ args = [], ...options } = {}) => launch({ ...options, executablePath, args: [...args, ...more] });

const { compliance, duration, errors } = await scan(url);
console.log(JSON.stringify({ issues: compliance.issues, duration, errors }));
