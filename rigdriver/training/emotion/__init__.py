"""Teaching the ear for emotion (`rigdriver.model.emotion`): sessions of speech, the fit, the judge."""
