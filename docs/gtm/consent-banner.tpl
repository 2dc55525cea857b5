___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "consent-banner: Google Consent Mode",
  "categories": ["UTILITY"],
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "Sets Google Consent Mode v2 to what the visitor chose in consent-banner, and follows every change.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "waitForUpdate",
    "displayName": "Wait for the visitor's choice (milliseconds)",
    "simpleValueType": true,
    "defaultValue": 500,
    "valueValidators": [{"type": "NON_NEGATIVE_NUMBER"}]
  },
  {
    "type": "CHECKBOX",
    "name": "adsDataRedaction",
    "checkboxText": "Redact ads data while ad_storage is denied",
    "simpleValueType": true,
    "defaultValue": true
  },
  {
    "type": "CHECKBOX",
    "name": "urlPassthrough",
    "checkboxText": "Pass ad click information through URLs",
    "simpleValueType": true,
    "defaultValue": false
  },
  {
    "type": "TEXT",
    "name": "analyticsServices",
    "displayName": "Google's services among analytics, by their ids in the policy (one refused denies analytics_storage)",
    "simpleValueType": true,
    "defaultValue": "google-analytics"
  },
  {
    "type": "TEXT",
    "name": "marketingServices",
    "displayName": "Google's services in marketing, by their ids in the policy (one refused denies the signals for ads)",
    "simpleValueType": true,
    "defaultValue": "google-ads, google-marketing-platform"
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const copyFromDataLayer = require('copyFromDataLayer');
const gtagSet = require('gtagSet');
const makeNumber = require('makeNumber');
const setDefaultConsentState = require('setDefaultConsentState');
const updateConsentState = require('updateConsentState');

// All seven signals, from what a decision grants. Only a literal true does.
const signals = (analytics, marketing, preferences) => {
  const word = (granted) => (granted ? 'granted' : 'denied');
  return {
    ad_storage: word(marketing),
    ad_user_data: word(marketing),
    ad_personalization: word(marketing),
    analytics_storage: word(analytics),
    functionality_storage: word(preferences),
    personalization_storage: word(preferences),
    security_storage: 'granted'
  };
};

// On Consent Initialization nothing is granted yet; what was chosen follows as an event of its own.
if (copyFromDataLayer('event') !== 'consent_update') {
  const initial = signals(false, false, false);
  initial.wait_for_update = makeNumber(data.waitForUpdate);
  setDefaultConsentState(initial);
  gtagSet({ads_data_redaction: data.adsDataRedaction, url_passthrough: data.urlPassthrough});
}

const consent = copyFromDataLayer('consent');
if (consent && consent.categories && consent.services) {
  // One refused service denies its purpose; where the policy has none of them, it is as the category is.
  const granted = (category, ids) => {
    const own = (ids || '').split(',').map((id) => id.trim()).filter((id) => consent.services[id] !== undefined);
    const refused = own.filter((id) => consent.services[id] !== true);
    return own.length ? refused.length === 0 : consent.categories[category] === true;
  };
  updateConsentState(signals(
    granted('analytics', data.analyticsServices),
    granted('marketing', data.marketingServices),
    granted('preferences', '')
  ));
}

data.gtmOnSuccess();


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "access_consent", "versionId": "1"},
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "ad_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "ad_user_data"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "ad_personalization"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "analytics_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "functionality_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "personalization_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
               "mapValue": [{"type": 1, "string": "security_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]}
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "read_data_layer", "versionId": "1"},
      "param": [
        {"key": "allowedKeys", "value": {"type": 1, "string": "specific"}},
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 1, "string": "event"},
              {"type": 1, "string": "consent"}
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "write_data_layer", "versionId": "1"},
      "param": [
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 1, "string": "ads_data_redaction"},
              {"type": 1, "string": "url_passthrough"}
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: Denied by default, and nothing more before there is a decision
  code: |-
    mock('copyFromDataLayer', (key) => (key === 'event' ? 'gtm.init_consent' : undefined));
    runCode({waitForUpdate: 500, adsDataRedaction: true, urlPassthrough: false});
    assertApi('setDefaultConsentState').wasCalled();
    assertApi('updateConsentState').wasNotCalled();
    assertApi('gtmOnSuccess').wasCalled();
- name: What was chosen, on the event that says so
  code: |-
    const consent = {categories: {analytics: true, marketing: false, preferences: false}, services: {}};
    mock('copyFromDataLayer', (key) => (key === 'event' ? 'consent_update' : consent));
    runCode({waitForUpdate: 500, adsDataRedaction: true, urlPassthrough: false});
    assertApi('setDefaultConsentState').wasNotCalled();
    assertApi('updateConsentState').wasCalled();
    assertApi('gtmOnSuccess').wasCalled();


___NOTES___

Fires on "Consent Initialization - All Pages" and on the custom event "consent_update". See README.md beside this file.
