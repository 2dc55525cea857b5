/* Stands in for Google Tag Manager's gtm.js: an empty container, which keeps nothing. Our own words, not Google's. */
(window.dataLayer = window.dataLayer || []).push({ event: "gtm.load" });
