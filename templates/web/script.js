'use strict';
{% include "web/script/proof.js" %}
{% include "web/script/signup.js" %}
