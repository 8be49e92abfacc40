"""What the importer uses of Unreal's Python API, as Epic documents it.

Recorded from dev.epicgames.com/documentation/unreal-engine/python-api (pages of 5.0, 5.1, 5.4 and 5.7) and from the
headers of 5.8 (AnimationBlueprintLibrary.h, IAnimationDataController.h). A signature has the real names of the
arguments and goes on after a line that ends in a comma; `SINCE` says from which version on a call is there, `UNTIL`
from which on it is no longer.
"""

SIGNATURES = {
    "AnimationLibrary": """
        static does_curve_exist(animation_sequence_base: AnimSequenceBase, curve_name: Name,
            curve_type: RawCurveTrackTypes)
    """,
    "AnimSequencerController": """
        open_bracket(title: Text, should_transact: bool = True)
        close_bracket(should_transact: bool = True)
        set_frame_rate(frame_rate: FrameRate, should_transact: bool = True)
        set_number_of_frames(new_length_in_frames: FrameNumber, should_transact: bool = True)
        add_curve(curve_id: AnimationCurveIdentifier, curve_flags: int = 4, should_transact: bool = True)
        set_curve_keys(curve_id: AnimationCurveIdentifier, curve_keys: Array[RichCurveKey],
            should_transact: bool = True)
        remove_all_curves_of_type(supported_curve_type: RawCurveTrackTypes, should_transact: bool = True)
        get_model_interface()
        get_model()
    """,
    "AnimationDataModel": """
        get_frame_rate()
        get_number_of_frames()
    """,
    "AnimationCurveIdentifier": """
        set_curve_identifier(name: Name, curve_type: RawCurveTrackTypes)
        get_name()
    """,
    "AnimationCurveIdentifierExtensions": """
        static get_curve_identifier(skeleton: Skeleton, name: Name, curve_type: RawCurveTrackTypes)
    """,
    "Skeleton": """
        get_curve_identifiers(curve_type: RawCurveTrackTypes)
        get_curve_meta_data_names()
        add_curve_meta_data(curve_name: Name, transact: bool = True)
        get_curve_meta_data_morph_target(curve_name: Name)
        set_curve_meta_data_morph_target(curve_name: Name, override_morph_target: bool)
    """,
    "SkeletalMesh": """
        get_all_morph_target_names()
    """,
    "AssetToolsHelpers": """
        static get_asset_tools()
    """,
    "AssetTools": """
        create_asset(asset_name: str, package_path: str, asset_class: Class, factory: Factory,
            calling_context: Name = None)
    """,
    "EditorAssetLibrary": """
        static does_asset_exist(asset_path: str)
        static load_asset(asset_path: str)
        static save_loaded_asset(asset_to_save: Object, only_if_is_dirty: bool = True)
    """,
    "EditorUtilityLibrary": """
        static get_selected_assets()
    """,
    "EditorDialog": """
        static show_message(title: Text, message: Text, message_type: AppMsgType,
            default_value: AppReturnType = None, message_category: AppMsgCategory = None)
        static show_object_details_view(title: Text, out_object: Object,
            options: EditorDialogLibraryObjectDetailsViewOptions = None)
    """,
    "ToolMenus": """
        static get()
        extend_menu(name: Name)
        refresh_all_widgets()
    """,
    "ToolMenu": """
        add_section(section_name: Name, label: Text = None, insert_name: Name = None,
            insert_type: ToolMenuInsertType = None)
        add_menu_entry(section_name: Name, args: ToolMenuEntry)
    """,
    "ToolMenuEntry": """
        set_label(label: Text)
        set_tool_tip(tool_tip: Text)
        set_string_command(type: ToolMenuStringCommandType, custom_type: Name, string: str)
    """,
    "ScopedSlowTask": """
        make_dialog(can_cancel: bool = False, allow_in_pie: bool = False)
        enter_progress_frame(work: float = 1.0, desc: Text = None)
        should_cancel()
    """,
}  # fmt: skip

CONSTRUCTORS = {
    "FrameRate": "(numerator: int = 0, denominator: int = 0)",
    "FrameNumber": "(value: int = 0)",
    "AnimationCurveIdentifier": "()",
    "RichCurveKey": "(interp_mode: RichCurveInterpMode = None, tangent_mode: RichCurveTangentMode = None, "
                    "tangent_weight_mode: RichCurveTangentWeightMode = None, time: float = 0.0, "
                    "value: float = 0.0)",
    "ScopedEditorTransaction": "(desc: Text)",
    "ScopedSlowTask": "(work: float, desc: Text = None, enabled: bool = True)",
    "ToolMenuEntry": "(name: Name = None, owner: ToolMenuOwner = None, type: MultiBlockType = None)",
    "DirectoryPath": "(path: str = '')",
}  # fmt: skip
OLD_RICH_CURVE_KEY = "(time: float = 0.0, value: float = 0.0)"  # before the modes became visible to scripts

PROPERTIES = {
    "AnimSequence": {"controller": "read", "skeleton": "read", "preview_pose_asset": "write", "rate_scale": "write"},
    "AnimSequenceFactory": {"target_skeleton": "write", "preview_skeletal_mesh": "write"},
    "SkeletalMesh": {"skeleton": "read"},
}

SINCE = {
    "AnimSequencerController.get_model_interface": (5, 2),
    "AnimationCurveIdentifier.set_curve_identifier": (5, 3),
    "Skeleton.get_curve_meta_data_names": (5, 7),
    "Skeleton.add_curve_meta_data": (5, 7),
    "Skeleton.get_curve_meta_data_morph_target": (5, 7),
    "Skeleton.set_curve_meta_data_morph_target": (5, 7),
}
UNTIL = {"AnimSequencerController.get_model": (5, 2)}
CURVES_LEFT_THE_SKELETON = (5, 3)
MODES_VISIBLE = (5, 4)
