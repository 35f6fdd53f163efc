# The frame of every page.
frame-skip = Skip to the content
frame-zone = Registry of { $zone }
frame-logged-in-as = Logged in as
frame-logout = Log out
frame-language = Language
frame-navigation = Pages
frame-promise = Messages are sealed on arrival. Nobody at the registry can open them; these pages show figures and metadata alone.
place-overview = Overview
place-cases = Cases
place-unassigned = Unassigned
place-messages = Messages
place-organisations = Organisations
place-notices = Notices
place-rules = Rules
place-policies = Policies
place-lookup = Look up a domain
place-operator = Registry’s mail
place-audit = Audit trail
place-accounts = Accounts

# When there is no page to show.
error-home = Go to the first page
error-missing-title = There is no such page
error-missing-text = The address may have been mistyped, or what it stood for has been deleted because it was too old.
error-missing-next = Look for it in the lists.
error-forbidden-title = Your role does not allow this
error-forbidden-text = Each account has one role, and this page or action belongs to another one. Nothing has been changed.
error-forbidden-next = If you need it for your work, ask who administers the accounts.
error-foreign-form-title = This form could not be accepted
error-foreign-form-text = It was not sent from a page of your present session: the page was older than your login, or another site tried to send it for you. Nothing has been changed.
error-foreign-form-next = Go back, reload the page and send the form again.
error-unreadable-title = This request could not be read
error-unreadable-text = Something in the address or in the form is not what this page expects. Nothing has been changed.
error-unreadable-next = Go back, reload the page and try again.
error-wrong-method-title = This address only takes forms
error-wrong-method-text = It has no page of its own, so there is nothing to show. Nothing has been changed.
error-wrong-method-next = Go back to the page that you came from.
error-refused-title = This could not be done
error-refused-next = Nothing has been changed.
error-too-large-title = This form is too large
error-too-large-text = Forms may have up to 64 kB. Nothing has been changed.
error-too-large-next = Go back and send it in smaller parts.
error-busy-title = Too much to do at the moment
error-busy-text = The server could not answer in time. Catching mail goes before these pages.
error-busy-next = Wait a minute and load the page again. If it lasts, tell who runs the server.
error-failed-title = Something went wrong
error-failed-text = The page could not be made. The cause is in the server’s log. Mail goes on being caught and sealed.
error-failed-next = Try again in a minute. If it lasts, tell who runs the server, with the time.

# Above a form that could not be taken; the first stands before the title.
frame-error = {"Error: "}
frame-error-summary = There is a problem
