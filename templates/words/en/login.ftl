login-title = Log in
login-lede = For staff of the registry. What you do here is recorded in the audit trail under your name.
login-name = Name
login-password = Password
login-enter = Log in
login-wrong = The name or the password is not right
login-wait-seconds = { $n-count ->
    [one] There were too many attempts. Wait one second, then try again.
   *[other] There were too many attempts. Wait { $n } seconds, then try again.
}
login-wait-minutes = { $n-count ->
    [one] There were too many attempts. Wait one minute, then try again.
   *[other] There were too many attempts. Wait { $n } minutes, then try again.
}
login-busy = Many people are logging in at the moment. Try again in a few seconds.
login-help = I have no account, or have lost my password
login-help-text = Accounts are made, and passwords changed, by who runs the server. Nobody can do it from these pages, and nobody needs your password to help you.
done-logged-out = You are logged out.
