/** What pages load as `banner.js?guard=1`, not async and first in `<head>`: the guard stands before anything else runs. */
import "./guard/guard.js";
import "./banner.js";
import { watchImports } from "./guard/imports.js";

watchImports();
