/* Bank payment: the state of a payment, kept for a day. */
document.cookie = "_pay=0;path=/;max-age=86400;secure;samesite=lax";
