const value =;
