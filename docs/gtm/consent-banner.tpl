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
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const callInWindow = require('callInWindow');
const copyFromWindow = require('copyFromWindow');
const gtagSet = require('gtagSet');
const makeNumber = require('makeNumber');
const setDefaultConsentState = require('setDefaultConsentState');
const updateConsentState = require('updateConsentState');

// All seven signals, from what a decision says of its categories. Only a literal true grants.
const signals = (categories) => {
  const word = (name) => (categories && categories[name] === true ? 'granted' : 'denied');
  return {
    ad_storage: word('marketing'),
    ad_user_data: word('marketing'),
    ad_personalization: word('marketing'),
    analytics_storage: word('analytics'),
    functionality_storage: word('preferences'),
    personalization_storage: word('preferences'),
    security_storage: 'granted'
  };
};

const initial = signals(null);
initial.wait_for_update = makeNumber(data.waitForUpdate);
setDefaultConsentState(initial);
gtagSet({ads_data_redaction: data.adsDataRedaction, url_passthrough: data.urlPassthrough});

const tell = (decision) => {
  if (decision) updateConsentState(signals(decision.categories));
};

// Where the script has not come yet, nothing is granted; its own update follows when it does.
tell(copyFromWindow('consentBanner.decision'));
callInWindow('consentBanner.on', 'ready', tell);
callInWindow('consentBanner.on', 'change', tell);

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
      "key": {"publicId": "access_globals", "versionId": "1"},
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 3, "mapKey": [{"type": 1, "string": "key"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}, {"type": 1, "string": "execute"}],
               "mapValue": [{"type": 1, "string": "consentBanner.decision"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": false}, {"type": 8, "boolean": false}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "key"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}, {"type": 1, "string": "execute"}],
               "mapValue": [{"type": 1, "string": "consentBanner.on"}, {"type": 8, "boolean": false}, {"type": 8, "boolean": false}, {"type": 8, "boolean": true}]}
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
- name: Denied by default, then what was chosen
  code: |-
    mock('copyFromWindow', {categories: {analytics: true, marketing: false, preferences: false}});
    mock('callInWindow', () => {});
    runCode({waitForUpdate: 500, adsDataRedaction: true, urlPassthrough: false});
    assertApi('setDefaultConsentState').wasCalled();
    assertApi('updateConsentState').wasCalled();
    assertApi('gtmOnSuccess').wasCalled();


___NOTES___

Fires on the trigger "Consent Initialization - All Pages". See README.md beside this file.
