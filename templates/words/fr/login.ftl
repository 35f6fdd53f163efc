login-title = Connexion
login-lede = Réservé au personnel du registre. Ce que vous faites ici est inscrit à votre nom dans le journal d’audit.
login-name = Nom
login-password = Mot de passe
login-enter = Se connecter
login-wrong = Le nom ou le mot de passe est incorrect
login-wait-seconds = { $n-count ->
    [one] Trop de tentatives ont eu lieu. Patientez une seconde, puis réessayez.
   *[other] Trop de tentatives ont eu lieu. Patientez { $n } secondes, puis réessayez.
}
login-wait-minutes = { $n-count ->
    [one] Trop de tentatives ont eu lieu. Patientez une minute, puis réessayez.
   *[other] Trop de tentatives ont eu lieu. Patientez { $n } minutes, puis réessayez.
}
login-busy = De nombreuses personnes se connectent en ce moment. Réessayez dans quelques secondes.
login-help = Je n’ai pas de compte, ou j’ai perdu mon mot de passe
login-help-text = Les comptes sont créés, et les mots de passe changés, par la personne qui exploite le serveur. Cela ne peut pas se faire depuis ces pages, et personne n’a besoin de votre mot de passe pour vous aider.
done-logged-out = Vous êtes déconnecté.
