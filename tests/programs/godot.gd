# Runs inside Godot 3, headless: what the imported hero.glb does at some times, as JSON on a line that begins with LOOK.
# godot3-server --path PROJECT -s godot.gd ANIMATION TIME_S…  (times as text; the project has imported the file already)
extends SceneTree

func _init():
	var arguments = OS.get_environment("RIGDRIVER_LOOK").split(" ")
	var scene = load("res://hero.glb").instance()
	get_root().add_child(scene)
	var player = scene.get_node("AnimationPlayer")
	player.play(arguments[0])
	var seen = []
	for k in range(1, arguments.size()):
		player.seek(float(arguments[k]), true)
		player.advance(0)
		var state = {"weights": {}, "turns": {}}
		_look(scene, state)
		seen.append(state)
	print("LOOK ", JSON.print(seen))
	quit()

func _look(node, state):
	if node is Skeleton:
		for bone in range(node.get_bone_count()):
			var turn = (node.get_bone_rest(bone).basis * node.get_bone_pose(bone).basis).get_rotation_quat()
			state["turns"][node.get_bone_name(bone)] = [turn.x, turn.y, turn.z, turn.w]
	elif node is MeshInstance:
		var weights = {}
		for property in node.get_property_list():
			if property["name"].begins_with("blend_shapes/"):
				weights[property["name"].substr(13)] = node.get(property["name"])
		state["weights"][node.name] = weights
	for child in node.get_children():
		_look(child, state)
