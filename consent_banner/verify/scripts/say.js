// What the page itself says is granted: its consentBanner, and the last word in its dataLayer. In the page's own world.
() => {
  const banner = window.consentBanner;
  const flags = (values) => Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, value === true]));
  let page = null;
  let allows = null;
  let decided = null;
  let reason = null;
  try {
    const decision = banner?.decision;
    if (decision) {
      page = flags({ ...decision.categories, ...decision.services });
      decided = decision.decided === true;
      reason = String(decision.reason);
      allows = Object.fromEntries(Object.keys(page).map((name) => [name, banner.allows(name) === true]));
    }
  } catch {}
  let layer = null;
  const mode = {};
  try {
    for (const entry of window.dataLayer ?? []) {
      if (entry?.event == "consent_update" && entry.consent) layer = flags({ ...entry.consent.categories, ...entry.consent.services });
      if (entry?.[0] == "consent" && typeof entry[2] == "object")
        for (const [name, value] of Object.entries(entry[2])) mode[name] = String(value);
    }
  } catch {}
  return { page, allows, decided, reason, data_layer: layer, consent_mode: Object.keys(mode).length ? mode : null };
}
