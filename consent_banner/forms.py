"""The preference page's form. It works with JavaScript off; Flask-WTF protects it with a token."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf, Length, Optional

from .choosing import choice_of, everything, refusal
from .consent import Choice
from .decision import Decision
from .policy import Policy

DAYS = 400
ACTIONS = ("save", "accept_all", "reject_all", "withdraw", "erase")


def preferences_form(language: str) -> type[FlaskForm]:
    """The form's class, its messages in one language."""

    class PreferencesForm(FlaskForm):  # type: ignore[misc]
        """`action` says which button was pressed; `revision` and `text` say what was shown."""

        class Meta(FlaskForm.Meta):  # type: ignore[misc]
            """A page may stay open for a day: nobody's refusal runs out of time (WCAG 2.2.1)."""

            locales = (language,)
            csrf_time_limit = DAYS * 86_400  # Not None, which would be the host application's own limit.

        action = StringField(validators=[AnyOf(ACTIONS)])
        revision = StringField(validators=[Optional(), Length(max=64)])
        text = StringField(validators=[Optional(), Length(max=128)])

    return PreferencesForm


def ticked(policy: Policy, fields: Mapping[str, str]) -> tuple[dict[str, bool], dict[str, bool]]:
    """The categories and services that a sent form has ticked: a field that is there is a yes."""
    categories = {each.id: each.required or each.id in fields for each in policy.categories}
    services = {each.id: each.category in policy.required or f"service:{each.id}" in fields for each in policy.services}
    return categories, services


def meant(policy: Policy, fields: Mapping[str, str], before: Decision) -> tuple[dict[str, bool], dict[str, bool]]:
    """What those fields mean: no script is there to tick a category's services along with it.

    A category newly ticked takes its services along where none of them was touched. A category newly unticked takes
    all of them away but those that were newly ticked: in doubt the answer is no.
    """
    categories, services = ticked(policy, fields)
    for category in policy.optional:
        members = [each.id for each in policy.services_in(category)]
        untouched = all(services[each] == before.services[each] for each in members)
        if categories[category] and not before.categories[category] and untouched:
            services |= dict.fromkeys(members, True)
        elif before.categories[category] and not categories[category]:
            services |= {each: services[each] and not before.services[each] for each in members}
    return categories, services


def pressed(policy: Policy, form: FlaskForm, fields: Mapping[str, str], language: str, before: Decision) -> Choice:
    """The choice that a sent form makes. A withdrawal and a refusal look at no field."""
    action, text = form.action.data, form.text.data or None
    if action == "accept_all":
        return choice_of(policy, everything(policy), {}, action, form.revision.data, language, text)
    if action == "save":
        categories, services = meant(policy, fields, before)
        return choice_of(policy, categories, services, "custom", form.revision.data, language, text)
    return refusal(policy, action, language, text)
