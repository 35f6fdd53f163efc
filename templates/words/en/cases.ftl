cases-title = Cases
