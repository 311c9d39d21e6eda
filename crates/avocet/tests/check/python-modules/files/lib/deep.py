import not_there_three

thing = not_there_three
