"""What a user needs to know when a face does not move: what is installed, what is heard, how long everything takes,
and what lies between us and a receiver. One module an area, each gives findings; nothing here changes anything.
"""
