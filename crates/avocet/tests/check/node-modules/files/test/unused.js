require('only-in-tests');
